package dev.waybill.node.testing;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** The machine's clock, set by a test. Thread-safe. */
public final class SetClock extends Clock {
    private volatile Duration by = Duration.ZERO;

    /** Sets it ahead, or back. */
    public synchronized void set(Duration further) {
        by = by.plus(further);
    }

    @Override
    public Instant instant() {
        return Instant.now().plus(by);
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
