package dev.waybill.node.pod;

import java.time.Duration;
import java.time.Instant;

/**
 * Kubernetes' crash and image pull back-off: 10 s, doubled to 5 min, forgotten after 10 min without one. Immutable.
 *
 * @param millis the pause now in force; 0 before the first failure
 * @param since when it was last raised
 */
public record BackOff(long millis, Instant since) {
    public static final BackOff NONE = new BackOff(0, Instant.EPOCH);

    private static final Duration INITIAL = Duration.ofSeconds(10);
    private static final Duration MAXIMUM = Duration.ofMinutes(5);
    private static final Duration RESET = MAXIMUM.multipliedBy(2);

    /** The back-off after one more failure. */
    public BackOff next(Instant now) {
        if (millis == 0 || Duration.between(since, now).compareTo(RESET) > 0) {
            return new BackOff(INITIAL.toMillis(), now);
        }
        return new BackOff(Math.min(millis * 2, MAXIMUM.toMillis()), now);
    }

    public Duration delay() {
        return Duration.ofMillis(millis);
    }

    /** Whether a failure at this instant has to wait at all: the first one, or one after a long quiet time, has not. */
    public boolean appliesTo(Instant failure) {
        return millis > 0 && Duration.between(since, failure).compareTo(RESET) <= 0;
    }

    /** The pause as Kubernetes writes it: 10s, 1m20s. */
    public String text() {
        long seconds = millis / 1000;
        return seconds < 60 ? seconds + "s" : seconds / 60 + "m" + seconds % 60 + "s";
    }
}
