package dev.waybill.gateway.state;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One step of the cluster's state. Immutable.
 *
 * @param object the object after it; of a deletion its last state, at the revision of the deletion
 * @param previous the object before it; null when it was added
 * @param at broker time of the change
 * @param user who asked for it; empty until it is a fact
 */
public record ResourceDelta(
        Change change, StoredObject object, @Nullable StoredObject previous, Instant at, String user) {

    /** A change while it is decided. */
    ResourceDelta(Change change, StoredObject object, @Nullable StoredObject previous, Instant at) {
        this(change, object, previous, at, "");
    }

    /** The same change, known to be somebody's. */
    public ResourceDelta by(String acting) {
        return new ResourceDelta(change, object, previous, at, acting);
    }

    /** Named as the events of a Kubernetes watch. */
    public enum Change {
        ADDED,
        MODIFIED,
        DELETED
    }

    public long revision() {
        return object.revision();
    }

    public ResourceKey key() {
        return object.key();
    }
}
