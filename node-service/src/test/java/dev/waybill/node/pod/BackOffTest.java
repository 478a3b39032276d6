package dev.waybill.node.pod;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class BackOffTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void doublesFromTenSecondsToFiveMinutes() {
        BackOff backOff = BackOff.NONE;
        long[] seconds = {10, 20, 40, 80, 160, 300, 300};
        for (long expected : seconds) {
            backOff = backOff.next(NOW);
            assertThat(backOff.delay()).isEqualTo(Duration.ofSeconds(expected));
        }
        assertThat(backOff.text()).isEqualTo("5m0s");
    }

    @Test
    void startsAgainAfterTenQuietMinutes() {
        BackOff backOff = BackOff.NONE.next(NOW).next(NOW);
        assertThat(backOff.appliesTo(NOW.plusSeconds(600))).isTrue();
        assertThat(backOff.appliesTo(NOW.plusSeconds(601))).isFalse();
        assertThat(backOff.next(NOW.plusSeconds(601)).delay()).isEqualTo(Duration.ofSeconds(10));
    }
}
