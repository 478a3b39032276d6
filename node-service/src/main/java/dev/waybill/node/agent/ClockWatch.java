package dev.waybill.node.agent;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Notices that a clock was set, by the time that really passed. Used by one thread at a time. */
final class ClockWatch {
    /** What a clock that is only disciplined never runs wrong by between two looks. */
    private static final Duration NOTICED = Duration.ofSeconds(1);

    private final Clock clock;
    private final LongSupplier nanos;
    private Instant seen;
    private long seenNanos;

    ClockWatch(Clock clock) {
        this(clock, System::nanoTime);
    }

    ClockWatch(Clock clock, LongSupplier nanos) {
        this.clock = clock;
        this.nanos = nanos;
        this.seenNanos = nanos.getAsLong();
        this.seen = clock.instant();
    }

    /** By how much it was set since the last look, if it was. */
    Optional<Duration> look() {
        long nowNanos = nanos.getAsLong();
        Instant now = clock.instant();
        Duration moved = Duration.between(seen.plusNanos(nowNanos - seenNanos), now);
        seen = now;
        seenNanos = nowNanos;
        return moved.abs().compareTo(NOTICED) > 0 ? Optional.of(moved) : Optional.empty();
    }
}
