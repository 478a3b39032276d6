package dev.waybill.scheduler.workload;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What reconcilers have asked for and not yet seen answered. An owner is looked at again only when all its requests are
 * answered and their effects are in the image, or when the answers are overdue; after a refusal it waits a little
 * longer each time. Confined to the scheduler's thread.
 */
public final class Expectations {
    private static final Duration OVERDUE = Duration.ofSeconds(10);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final Map<String, String> ownerOfRequest = new HashMap<>();
    private final Map<String, Owner> owners = new HashMap<>();

    private static final class Owner {
        final Set<String> requests = new HashSet<>();
        long revision;
        Instant deadline = Instant.EPOCH;
        Instant notBefore = Instant.EPOCH;
        Duration pause = FIRST_PAUSE;
        String failure = "";
        boolean refused;
    }

    /** A request was sent on behalf of an owner. */
    public void sent(String requestId, String ownerUid, Instant now) {
        ownerOfRequest.put(requestId, ownerUid);
        Owner owner = owners.computeIfAbsent(ownerUid, uid -> new Owner());
        owner.requests.add(requestId);
        owner.deadline = now.plus(OVERDUE);
        owner.refused = false;
    }

    /**
     * A request was answered.
     *
     * @param refusal why it was refused for good; empty when it was accepted or merely came too late
     * @return the owner to look at again, or null when the request is not ours
     */
    public @Nullable String answered(String requestId, long revision, String refusal, Instant now) {
        String ownerUid = ownerOfRequest.remove(requestId);
        Owner owner = ownerUid == null ? null : owners.get(ownerUid);
        if (owner == null) {
            return null;
        }
        owner.requests.remove(requestId);
        owner.revision = Math.max(owner.revision, revision);
        if (!refusal.isEmpty()) {
            owner.refused = true;
            owner.failure = refusal;
            owner.notBefore = now.plus(owner.pause);
        }
        if (owner.requests.isEmpty()) {
            settle(owner);
        }
        return ownerUid;
    }

    private static void settle(Owner owner) {
        if (owner.refused) {
            Duration doubled = owner.pause.multipliedBy(2);
            owner.pause = doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
        } else {
            owner.pause = FIRST_PAUSE;
            owner.failure = "";
        }
    }

    /** Whether an owner may be reconciled on an image of this revision. */
    public boolean settled(String ownerUid, long imageRevision, Instant now) {
        Owner owner = owners.get(ownerUid);
        if (owner == null) {
            return true;
        }
        boolean overdue = owner.deadline.isBefore(now);
        if (overdue && !owner.requests.isEmpty()) {
            owner.requests.forEach(ownerOfRequest::remove);
            owner.requests.clear();
        }
        return owner.requests.isEmpty()
                && (overdue || imageRevision >= owner.revision)
                && !owner.notBefore.isAfter(now);
    }

    /** Why the owner's last requests were refused; empty when they were not. */
    public String failure(String ownerUid) {
        Owner owner = owners.get(ownerUid);
        return owner == null ? "" : owner.failure;
    }

    /** The owner is gone. */
    public void forget(String ownerUid) {
        Owner owner = owners.remove(ownerUid);
        if (owner != null) {
            owner.requests.forEach(ownerOfRequest::remove);
        }
    }
}
