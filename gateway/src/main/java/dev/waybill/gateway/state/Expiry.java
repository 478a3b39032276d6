package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.Json;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.pcollections.TreePMap;

/**
 * When each Event goes: an hour after it was last written, as in Kubernetes. Immutable.
 *
 * @param byRevision every Event under its revision, so the one that was written first comes first
 */
record Expiry(TreePMap<Long, Entry> byRevision) {
    static final Duration KEPT = Duration.ofHours(1);
    static final Expiry NONE = new Expiry(TreePMap.empty());

    record Entry(ResourceKey key, Instant written) {}

    static boolean concerns(ResourceKey key) {
        return key.group().isEmpty() && key.resource().equals("events");
    }

    /** Found again from what the Events themselves say; one that claims a time to come is taken as of now. */
    static Expiry of(ResourceImage image, Instant now) {
        TreePMap<Long, Entry> entries = TreePMap.empty();
        Instant last = now;
        List<StoredObject> events = new ArrayList<>(image.list("", "events", null));
        events.sort(Comparator.comparingLong(StoredObject::revision).reversed());
        for (StoredObject event : events) { // the newest first: none was written after its successor
            Instant said = written(event, last);
            last = said.isAfter(last) ? last : said;
            entries = entries.plus(event.revision(), new Entry(event.key(), last));
        }
        return new Expiry(entries);
    }

    boolean isIdle(Instant now) {
        return byRevision.isEmpty()
                || byRevision.firstEntry().getValue().written().plus(KEPT).isAfter(now);
    }

    /** Events that are due, the oldest first. */
    List<ResourceKey> due(Instant now, int limit) {
        return byRevision.values().stream()
                .limit(limit)
                .takeWhile(entry -> !entry.written().plus(KEPT).isAfter(now))
                .map(Entry::key)
                .toList();
    }

    Expiry after(ResourceDelta delta) {
        TreePMap<Long, Entry> next = byRevision;
        StoredObject previous = delta.previous();
        if (previous != null) {
            next = next.minus(previous.revision());
        }
        return new Expiry(
                delta.change() == ResourceDelta.Change.DELETED
                        ? next
                        : next.plus(delta.revision(), new Entry(delta.key(), delta.at())));
    }

    private static Instant written(StoredObject event, Instant otherwise) {
        String last = Json.text(event.json(), "lastTimestamp");
        try {
            return Instant.parse(last.isEmpty() ? Json.text(event.json(), "metadata", "creationTimestamp") : last);
        } catch (DateTimeException e) {
            return otherwise;
        }
    }
}
