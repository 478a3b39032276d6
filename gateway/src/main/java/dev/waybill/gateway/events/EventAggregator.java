package dev.waybill.gateway.events;

import dev.waybill.gateway.kinds.Json;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Counts what happens again instead of writing it again, and holds back objects that too much happens to. Remembers a
 * bounded number of Events. Not thread-safe.
 */
public final class EventAggregator {
    /** As long as an Event is kept; one that comes again later begins anew. */
    public static final Duration KEPT = Duration.ofHours(1);

    /** Until then an Event that was written may not yet show in the image. */
    private static final Duration UNDER_WAY = Duration.ofSeconds(10);

    private final RecentMap<EventDraft, Seen> seen;
    private final SpamFilter spam;

    /** @param source the newest fact that was counted */
    private record Seen(int count, Instant first, Instant last, String source) {}

    public EventAggregator(int capacity) {
        this.seen = new RecentMap<>(capacity);
        this.spam = new SpamFilter(capacity);
    }

    /**
     * The Event to write; empty when it is one too many.
     *
     * @param source identifies the fact: one that is delivered twice counts once
     * @param stored the Event as the image has it; null without one
     */
    public Optional<ObjectNode> observe(EventDraft draft, String source, Instant at, @Nullable JsonNode stored) {
        Seen before = newest(seen.get(draft), stored, at);
        Seen now;
        if (before == null) {
            now = new Seen(1, at, at, source);
        } else if (before.source.equals(source)) {
            now = before;
        } else {
            Instant last = at.isAfter(before.last) ? at : before.last;
            now = new Seen(before.count + 1, before.first, last, source);
        }
        seen.put(draft, now);
        boolean held = !spam.allows(draft, at);
        return held ? Optional.empty() : Optional.of(draft.manifest(now.count, now.first, now.last));
    }

    private static @Nullable Seen newest(@Nullable Seen remembered, @Nullable JsonNode stored, Instant at) {
        Seen found = remembered;
        if (stored == null) {
            if (remembered != null && remembered.last.plus(UNDER_WAY).isBefore(at)) {
                found = null; // removed meanwhile
            }
        } else {
            int count = (int) Json.number(stored, "count", 1);
            if (remembered == null || remembered.count < count) {
                found = new Seen(count, time(stored, "firstTimestamp", at), time(stored, "lastTimestamp", at), "");
            }
        }
        return found == null || found.last.plus(KEPT).isBefore(at) ? null : found;
    }

    private static Instant time(JsonNode event, String field, Instant otherwise) {
        try {
            return Instant.parse(Json.text(event, field));
        } catch (DateTimeException e) {
            return otherwise;
        }
    }
}
