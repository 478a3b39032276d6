package dev.waybill.image.reference;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class ImageReferencePropertyTest {

    @Property
    void whatIsPrintedReadsTheSame(@ForAll("references") String text) throws Exception {
        ImageReference read = ImageReference.parse(text);
        assertThat(ImageReference.parse(read.toString())).isEqualTo(read).hasToString(read.toString());
        if (text.startsWith("quay.io/") && (text.contains("@") || text.contains(":"))) {
            assertThat(read).hasToString(text);
        }
    }

    @Property
    void anyTextIsReadOrRefused(@ForAll String text) {
        try {
            ImageReference read = ImageReference.parse(text);
            assertThat(ImageReference.parse(read.toString())).isEqualTo(read);
        } catch (InvalidReferenceException e) {
            assertThat(e).hasMessageContaining("image reference");
        }
    }

    @Provide
    Arbitrary<String> references() {
        Arbitrary<String> host = Arbitraries.of(
                "",
                "quay.io/",
                "localhost/",
                "localhost:5000/",
                "127.0.0.1:80/",
                "[::1]:5000/",
                "docker.io/",
                "A/",
                "x.y:1/");
        Arbitrary<String> part = Arbitraries.strings()
                .withCharRange('a', 'z')
                .numeric()
                .ofMinLength(1)
                .ofMaxLength(12);
        Arbitrary<String> path = Combinators.combine(part, Arbitraries.of(".", "_", "__", "-", "---", "/"), part)
                .as((a, separator, b) -> a + separator + b);
        Arbitrary<String> tag = Arbitraries.strings()
                .withCharRange('a', 'z')
                .withCharRange('A', 'Z')
                .numeric()
                .withChars("_")
                .ofMinLength(1)
                .ofMaxLength(128)
                .map(text -> ":" + text);
        Arbitrary<String> digest = Arbitraries.strings()
                .withCharRange('a', 'f')
                .numeric()
                .ofLength(64)
                .map(hex -> "@sha256:" + hex);
        return Combinators.combine(
                        host,
                        path,
                        Arbitraries.oneOf(Arbitraries.just(""), tag),
                        Arbitraries.oneOf(Arbitraries.just(""), digest))
                .as((h, p, t, d) -> h + p + t + d);
    }
}
