package dev.waybill.node.agent;

import dev.waybill.node.pod.IdRange;
import dev.waybill.node.store.NodeStore;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * Gives each pod with user ids of its own a range of the machine's ids that no other pod of this node has. What was given
 * stands in the pods' records, so it survives the agent and is free again when a record goes. Thread-safe.
 */
public final class IdRanges {
    private final long first;
    private final Map<String, IdRange> given = new HashMap<>();

    /** Ranges from {@code first} on. */
    public IdRanges(NodeStore store, long first) {

        this.first = first;
        for (String uid : store.podUids()) {
            store.sandbox(uid).ifPresent(sandbox -> {
                if (sandbox.users() != null) {
                    given.put(uid, sandbox.users());
                }
            });
        }
    }

    /** The pod's range, the same until {@link #release}. */
    synchronized IdRange give(String podUid) {
        return given.computeIfAbsent(podUid, _ -> lowestFree(first, given.values()));
    }

    /** Frees the range of a pod of which no file and no process is left. */
    synchronized void release(String podUid) {
        given.remove(podUid);
    }

    static IdRange lowestFree(long first, Collection<IdRange> given) {
        IdRange range = new IdRange(first, IdRange.PER_POD);
        while (given.stream().anyMatch(range::overlaps)) {
            range = new IdRange(range.first() + IdRange.PER_POD, IdRange.PER_POD);
        }
        if (range.first() + range.count() > Integer.MAX_VALUE + 1L) {
            throw new IllegalStateException("no more user ids for pods: all from " + first + " on are taken");
        }
        return range;
    }
}
