package dev.waybill.node.token;

import java.time.Duration;
import java.time.Instant;

/** A token and the time for which it holds. Immutable. */
public record AccountToken(String text, Instant issuedAt, Instant expiresAt) {
    private static final Duration LONGEST_USE = Duration.ofHours(24);

    /** Whether it is time for the next one: four fifths of its life are over, or a day (kubelet's token manager). */
    boolean isDue(Instant now) {
        Duration life = Duration.between(issuedAt, expiresAt);
        return !now.isBefore(issuedAt.plus(life.multipliedBy(4).dividedBy(5)))
                || !now.isBefore(issuedAt.plus(LONGEST_USE));
    }
}
