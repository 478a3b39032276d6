package dev.waybill.gateway.state;

import dev.waybill.events.RequestOutcome;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashPMap;
import org.pcollections.HashTreePMap;
import org.pcollections.TreePMap;

/**
 * The answers of the last ten minutes to publishers' requests, so that one that comes again is answered again and not
 * done again. The platform's own requests come once: their producers are idempotent and their ids never used twice.
 * Holds at most {@link #CAPACITY}: beyond it the oldest are forgotten earlier. Immutable.
 */
record RememberedRequests(HashPMap<String, Entry> byId, TreePMap<Long, String> order, long next) {
    /** An older request is answered Expired: nobody knows any more whether it was done. */
    static final Duration MEMORY = Duration.ofMinutes(10);

    static final int CAPACITY = 100_000;
    static final RememberedRequests NONE = new RememberedRequests(HashTreePMap.empty(), TreePMap.empty(), 0);

    record Entry(RequestOutcome outcome, Instant at) {}

    @Nullable
    RequestOutcome outcomeOf(String publisher, String requestId) {
        Entry entry = byId.get(key(publisher, requestId));
        return entry == null ? null : entry.outcome();
    }

    RememberedRequests with(RequestOutcome outcome, Instant now) {
        HashPMap<String, Entry> entries = byId;
        TreePMap<Long, String> ordered = order;
        String key = key(outcome.getPublisher(), outcome.getRequestId());
        if (!entries.containsKey(key)) {
            ordered = ordered.plus(next, key);
        }
        entries = entries.plus(key, new Entry(outcome, now));
        // Two at a time, so that the memory shrinks again after a burst.
        for (int i = 0; i < 2 && !ordered.isEmpty(); i++) {
            long oldest = ordered.firstKey();
            String id = ordered.get(oldest);
            Entry entry = entries.get(id);
            boolean due = entry == null || entry.at().plus(MEMORY).isBefore(now) || entries.size() > CAPACITY;
            if (!due) {
                break;
            }
            ordered = ordered.minus(oldest);
            entries = entries.minus(id);
        }
        return new RememberedRequests(entries, ordered, next + 1);
    }

    /** Nobody learns by guessing an id what another publisher was answered. */
    private static String key(String publisher, String requestId) {
        return publisher + '/' + requestId;
    }
}
