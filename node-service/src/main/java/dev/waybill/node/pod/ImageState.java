package dev.waybill.node.pod;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far an image of a pod is: wanted, REQUESTED (asked again every 10 s), READY, or FAILED (asked again after a
 * back-off). Immutable.
 */
public record ImageState(
        String reference,
        Phase phase,
        String requestId,
        Instant at,
        Instant askedAt,
        boolean localAsked,
        BackOff backOff,
        String reason,
        String message,
        @Nullable ImageFacts facts) {

    /** Where the image stands. */
    public enum Phase {
        WANTED,
        REQUESTED,
        READY,
        FAILED
    }

    static ImageState wanted(String reference) {
        return new ImageState(
                reference, Phase.WANTED, "", Instant.EPOCH, Instant.EPOCH, false, BackOff.NONE, "", "", null);
    }

    ImageState requested(String newRequestId, Instant now) {
        return new ImageState(
                reference, Phase.REQUESTED, newRequestId, now, now, false, backOff, reason, message, facts);
    }

    ImageState askedAgain(Instant now) {
        return new ImageState(reference, phase, requestId, at, now, localAsked, backOff, reason, message, facts);
    }

    ImageState askedLocally() {
        return new ImageState(reference, phase, requestId, at, askedAt, true, backOff, reason, message, facts);
    }

    ImageState ready(ImageFacts found, Instant now) {
        return new ImageState(reference, Phase.READY, requestId, now, askedAt, localAsked, BackOff.NONE, "", "", found);
    }

    ImageState failed(String why, String text, Instant now) {
        return new ImageState(
                reference, Phase.FAILED, requestId, now, askedAt, localAsked, backOff.next(now), why, text, null);
    }

    Instant retryAt() {
        return at.plus(backOff.delay());
    }
}
