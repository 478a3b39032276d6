package dev.waybill.gateway.events;

import java.time.Duration;
import java.time.Instant;

/**
 * Lets 25 Events of one source about one object pass at once and one more every five minutes, as Kubernetes' clients do
 * (k8s.io/client-go/tools/record, EventSourceObjectSpamFilter). Not thread-safe.
 */
final class SpamFilter {
    private static final double BURST = 25;
    private static final double PER_MILLI = 1.0 / Duration.ofMinutes(5).toMillis();

    private final RecentMap<Subject, Bucket> buckets;

    private record Subject(Involved involved, String component, String host) {}

    private record Bucket(double tokens, Instant at) {}

    SpamFilter(int capacity) {
        this.buckets = new RecentMap<>(capacity);
    }

    boolean allows(EventDraft draft, Instant at) {
        Subject subject = new Subject(draft.involved(), draft.component(), draft.host());
        Bucket bucket = buckets.getOrDefault(subject, new Bucket(BURST, at));
        long elapsed = Math.max(0, Duration.between(bucket.at, at).toMillis());
        double tokens = Math.min(BURST, bucket.tokens + elapsed * PER_MILLI);
        boolean allowed = tokens >= 1;
        buckets.put(subject, new Bucket(allowed ? tokens - 1 : tokens, at.isAfter(bucket.at) ? at : bucket.at));
        return allowed;
    }
}
