package dev.waybill.image.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageReferenceTest {

    private static final String HEX = "a".repeat(64);

    @ParameterizedTest
    @CsvSource({
        "nginx, docker.io/library/nginx:latest",
        "nginx:1.27, docker.io/library/nginx:1.27",
        "team/app, docker.io/team/app:latest",
        "docker.io/nginx, docker.io/library/nginx:latest",
        "index.docker.io/nginx, docker.io/library/nginx:latest",
        "localhost/app, localhost/app:latest",
        "localhost:5000/app:v1, localhost:5000/app:v1",
        "127.0.0.1:5000/a/b/c, 127.0.0.1:5000/a/b/c:latest",
        "[::1]:5000/app, [::1]:5000/app:latest",
        "registry.k8s.io/pause:3.10, registry.k8s.io/pause:3.10",
        "foo_bar/a__b-c.d:V_1.-x, docker.io/foo_bar/a__b-c.d:V_1.-x",
        "UPPER/app, UPPER/app:latest",
    })
    void isReadAsDockerAndKubernetesReadIt(String text, String full) throws Exception {
        assertThat(ImageReference.parse(text)).hasToString(full);
        assertThat(ImageReference.parse(full)).isEqualTo(ImageReference.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"app@sha256:", "app:v1@sha256:"})
    void theDigestDecides(String prefix) throws Exception {
        ImageReference reference = ImageReference.parse("quay.io/x/" + prefix + HEX);
        assertThat(reference.target()).isEqualTo("sha256:" + HEX);
        assertThat(reference.toString()).endsWith("@sha256:" + HEX);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " nginx",
                "Nginx",
                "nginx:",
                "nginx:-x",
                "nginx:a b",
                "a//b",
                "/a",
                "a/",
                "a..b",
                "-a",
                "host.io/",
                "nginx@sha256:12",
                "nginx@md5:abc",
                "a@b@c",
                "http://x/y",
                "x.io:port/y",
                "a/B",
                "nginx:tag:tag",
                "é"
            })
    void badOnesAreRefusedWithAReason(String text) {
        assertThatThrownBy(() -> ImageReference.parse(text))
                .isInstanceOf(InvalidReferenceException.class)
                .hasMessageStartingWith("image reference \"");
    }

    @ParameterizedTest
    @ValueSource(ints = {120, 400, 3000})
    void longOnesAreRefused(int length) {
        assertThatThrownBy(() -> ImageReference.parse("a/".repeat(length) + "b:" + "c".repeat(129)))
                .isInstanceOf(InvalidReferenceException.class);
        assertThatThrownBy(() -> ImageReference.parse(HEX)).hasMessageContaining("image id");
    }
}
