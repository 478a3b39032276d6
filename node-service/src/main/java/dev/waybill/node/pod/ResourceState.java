package dev.waybill.node.pod;

import dev.waybill.node.pod.ContainerSpec.Wishes;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a container that runs may use, and what was refused since. Immutable.
 *
 * @param refused wishes that the kernel or the node did not take; tried again at {@code retryAt}
 */
public record ResourceState(
        Wishes inForce,
        @Nullable Wishes refused,
        String message,
        @Nullable Instant retryAt) {
    static ResourceState of(Wishes inForce) {
        return new ResourceState(inForce, null, "", null);
    }

    ResourceState refusing(Wishes wishes, String reason, Instant retry) {
        return new ResourceState(inForce, wishes, reason, retry);
    }

    /** Whether these wishes are to be carried out now. */
    boolean outOfDate(Wishes wishes, Instant now) {
        if (inForce.equals(wishes)) {
            return refused != null;
        }
        return !wishes.equals(refused) || retryAt == null || !now.isBefore(retryAt);
    }
}
