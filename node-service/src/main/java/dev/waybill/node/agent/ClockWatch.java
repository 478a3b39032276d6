package dev.waybill.node.agent;

import dev.waybill.node.store.ClockReading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Notices that a clock was set, by the time that really passed, also since an earlier agent looked: on Linux
 * {@link System#nanoTime} is CLOCK_MONOTONIC, which all processes share until the machine starts anew. Used by one thread
 * at a time.
 */
final class ClockWatch {
    /** What a clock that is only disciplined never runs wrong by between two looks. */
    private static final Duration NOTICED = Duration.ofSeconds(1);

    private final Clock clock;
    private final LongSupplier nanos;
    private final String boot;
    private Instant seen;
    private long seenNanos;

    /** @param last what an earlier watch has seen */
    ClockWatch(Clock clock, @Nullable ClockReading last) {
        this(clock, System::nanoTime, boot(), last);
    }

    ClockWatch(Clock clock, LongSupplier nanos, String boot, @Nullable ClockReading last) {
        this.clock = clock;
        this.nanos = nanos;
        this.boot = boot;
        if (last != null && last.boot().equals(boot) && !boot.isEmpty()) {
            this.seenNanos = last.steadyNanos();
            this.seen = last.at();
        } else {
            this.seenNanos = nanos.getAsLong();
            this.seen = clock.instant();
        }
    }

    private static String boot() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        } catch (IOException e) {
            return "";
        }
    }

    /** The last look. */
    ClockReading reading() {
        return new ClockReading(seen, seenNanos, boot);
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
