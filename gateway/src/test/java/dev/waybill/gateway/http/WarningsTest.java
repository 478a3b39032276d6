package dev.waybill.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WarningsTest {
    @Test
    void eachIsToldOnce() {
        assertThat(Warnings.bounded(List.of("a", "b", "a"))).containsExactly("a", "b");
    }

    @Test
    void aLongOneAloneIsToldWhole() {
        String text = "x".repeat(3_000);
        assertThat(Warnings.bounded(List.of(text))).containsExactly(text);
    }

    @Test
    void tooManyAreCut() {
        List<String> texts = IntStream.range(0, 100_000)
                .mapToObj(i -> "unknown field \"spec." + "é".repeat(300) + i + "\"")
                .toList();
        assertThat(Warnings.bounded(texts)).hasSize(1).allMatch(text -> text.length() == 256);
        assertThat(Warnings.bounded(
                        IntStream.range(0, 100_000).mapToObj(i -> "field " + i).toList()))
                .hasSizeBetween(100, 200)
                .contains("field 0", "field 99");
    }

    @Test
    void aCharacterIsNotCutInTwo() {
        String text = "\uD83D\uDE00".repeat(3_000);
        assertThat(Warnings.bounded(List.of(text))).containsExactly("\uD83D\uDE00".repeat(256));
    }
}
