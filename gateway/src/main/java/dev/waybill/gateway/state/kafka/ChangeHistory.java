package dev.waybill.gateway.state.kafka;

import dev.waybill.gateway.state.ResourceDelta;
import dev.waybill.gateway.state.ResourceImage;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The last changes, from which watches can start, and the images that lists in pages still need: both reach back equally
 * far, which the text of the changes bounds. Not thread-safe.
 */
final class ChangeHistory {
    private final long maxCharacters;
    private final ArrayDeque<ResourceDelta> changes = new ArrayDeque<>();
    private final TreeMap<Long, ResourceImage> pinned = new TreeMap<>();
    private long characters;
    private long forgotten;

    /** @param maxCharacters of the objects' text in all changes */
    ChangeHistory(long maxCharacters) {
        this.maxCharacters = maxCharacters;
    }

    void add(List<ResourceDelta> next) {
        changes.addAll(next);
        next.forEach(change -> characters += change.object().length());
        while (characters > maxCharacters) {
            forgetOldest();
        }
    }

    /** Changes from before a time are no longer told. */
    void forgetBefore(Instant time) {
        while (!changes.isEmpty() && changes.getFirst().at().isBefore(time)) {
            forgetOldest();
        }
    }

    private void forgetOldest() {
        ResourceDelta oldest = changes.removeFirst();
        characters -= oldest.object().length();
        forgotten = oldest.revision();
        pinned.headMap(forgotten).clear();
    }

    /** Every change after a revision, in order. */
    List<ResourceDelta> since(long revision) throws RevisionGoneException {
        if (revision < forgotten) {
            throw new RevisionGoneException(revision, forgotten);
        }
        return changes.stream().filter(delta -> delta.revision() > revision).toList();
    }

    /** Keeps an image for as long as changes since it are kept. */
    void pin(ResourceImage image) {
        if (image.revision() >= forgotten) {
            pinned.put(image.revision(), image);
        }
    }

    @Nullable
    ResourceImage pinned(long revision) {
        return pinned.get(revision);
    }
}
