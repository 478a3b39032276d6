package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.node.store.ClockReading;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ClockWatchTest {
    private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");
    private static final long SECOND = 1_000_000_000L;

    private long nanos = 5 * SECOND;

    private ClockWatch watch(Instant now, String boot, @Nullable ClockReading last) {
        return new ClockWatch(Clock.fixed(now, ZoneOffset.UTC), () -> nanos, boot, last);
    }

    @Test
    void timeThatPassesIsNoChange() {
        ClockReading last = watch(NOON, "a", null).reading();
        nanos += 60 * SECOND;
        assertThat(watch(NOON.plusSeconds(60), "a", last).look()).isEmpty();
        assertThat(watch(NOON.plusSeconds(60).plusMillis(900), "a", last).look())
                .as("as much as a clock that is disciplined may be off by")
                .isEmpty();
    }

    @Test
    void aClockThatWasSetWhileNobodyLooked() {
        ClockReading last = watch(NOON, "a", null).reading();
        nanos += 60 * SECOND;
        ClockWatch after = watch(NOON.minusSeconds(3600), "a", last);
        assertThat(after.look()).hasValue(Duration.ofMinutes(-61));
        assertThat(after.look()).as("once").isEmpty();
        assertThat(after.reading()).isEqualTo(new ClockReading(NOON.minusSeconds(3600), 65 * SECOND, "a"));
        assertThat(watch(NOON.plus(Duration.ofDays(3)), "a", last).look())
                .hasValue(Duration.ofDays(3).minusSeconds(60));
    }

    @Test
    void afterTheMachineStartedAnewNothingCanBeSaid() {
        ClockReading last = watch(NOON, "a", null).reading();
        nanos = SECOND;
        assertThat(watch(NOON.plus(Duration.ofDays(3)), "b", last).look()).isEmpty();
    }
}
