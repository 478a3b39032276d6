package dev.waybill.node.resources;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.NotEmpty;

class KnobTextPropertyTest {
    private static final Set<Integer> ONLINE =
            IntStream.range(0, 64).boxed().collect(Collectors.toCollection(TreeSet::new));

    @Property
    void aListOfCpusIsWrittenAsTheKernelDoesAndReadsBackTheSame(
            @ForAll @NotEmpty Set<@IntRange(max = 63) Integer> cpus) {
        String text = KnobText.ranges(cpus);
        assertThat(KnobText.indexes(text, ONLINE, "CPUs")).isEqualTo(text);
        String loose = cpus.stream().map(String::valueOf).collect(Collectors.joining(","));
        assertThat(KnobText.indexes(loose, ONLINE, "CPUs")).isEqualTo(text);
    }

    @Property
    void unitsArePowersOf1024(@ForAll @LongRange(min = 0, max = 1 << 20) long number) {
        assertThat(KnobText.bytes(number + "")).isEqualTo(number);
        assertThat(KnobText.bytes(number + "k")).isEqualTo(KnobText.bytes(number + "Ki"));
        assertThat(KnobText.bytes(number + "mb")).isEqualTo(number * 1024 * 1024);
        assertThat(KnobText.bytes(number + "Gi")).isEqualTo(number * 1024 * 1024 * 1024);
    }

    /** Whatever is written in an annotation: a value, or a refusal that says why; never another failure. */
    @Property
    void hostileTextIsRefused(@ForAll String text) {
        for (Runnable reader : new Runnable[] {
            () -> KnobText.bytes(text),
            () -> KnobText.number(text, 0, 10),
            () -> KnobText.flag(text),
            () -> KnobText.indexes(text, ONLINE, "CPUs"),
            () -> KnobText.pathAndValue(text),
            () -> KnobText.deviceRule(text),
            () -> KnobText.ulimit(text),
            () -> KnobText.entries(text)
        }) {
            try {
                reader.run();
            } catch (IllegalArgumentException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
    }
}
