package dev.waybill.quota.pool;

import dev.waybill.runtime.TraceContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Folds pools and pods and gives room to gated pods in their order: who came first, goes first, and nobody overtakes a
 * pod that waits. Facts are folded at any time; {@link #settle} acts on them. Confined to one thread.
 */
public final class PoolKeeper {
    static final String GATE = "waybill.dev/quota";

    private static final long[] THRESHOLDS = {80, 100};

    /** A pool as it is declared. */
    public record Pool(String name, Amounts capacity, List<String> namespaces) {}

    /**
     * A pod of a namespace.
     *
     * @param gated still waits for its room
     * @param live takes room once it has it: neither ended nor gone
     */
    public record Pod(
            String uid,
            String namespace,
            String name,
            String created,
            Amounts amounts,
            boolean gated,
            boolean live,
            TraceContext trace) {}

    /** What happened to the pools, for whoever publishes it. */
    public interface Outcomes {
        void reserved(Pool pool, Pod pod, Amounts used);

        void released(Pool pool, Pod pod, Amounts used);

        void waiting(Pool pool, Pod pod, Amounts used, int position, String message);

        void thresholdCrossed(Pool pool, String resource, int percent, boolean above, long used, long capacity);
    }

    private static final Comparator<Pod> FIRST_COME =
            Comparator.comparing(Pod::created).thenComparing(Pod::uid);

    private final QuotaLedger ledger;
    private final Outcomes outcomes;
    private final Map<String, Pool> pools = new TreeMap<>();
    private final Map<String, Pod> pods = new LinkedHashMap<>();
    private final Map<String, Holding> holdings = new HashMap<>();
    private final Map<String, String> waitingMessages = new HashMap<>();
    private final Map<String, Boolean> above = new HashMap<>();
    private final Set<String> unconfirmed = new HashSet<>();

    /** The room that a pod has. */
    private record Holding(String pool, Pod pod) {}

    public PoolKeeper(QuotaLedger ledger, Outcomes outcomes) {
        this.ledger = ledger;
        this.outcomes = outcomes;
    }

    public void replayPool(Pool pool, boolean deleted) {
        if (deleted) {
            pools.remove(pool.name());
        } else {
            pools.put(pool.name(), pool);
        }
    }

    public void replayPod(Pod pod, boolean deleted) {
        if (deleted || !pod.live()) {
            pods.remove(pod.uid());
            waitingMessages.remove(pod.uid());
        } else {
            pods.put(pod.uid(), pod);
        }
    }

    /** Makes the ledger what the facts fold to: at the start, and whenever Redis has lost it. */
    public void rebuild() {
        holdings.clear();
        pools.values().forEach(this::restore);
    }

    /** Gives back what ended pods held, then gives room to those that wait. */
    public void settle() {
        for (Pool pool : pools.values()) {
            if (!ledger.intact(pool.name())) {
                restore(pool);
            }
        }
        for (String uid : List.copyOf(holdings.keySet())) {
            Holding holding = holdings.get(uid);
            if (holding != null && !pods.containsKey(uid)) {
                release(uid, holding);
            }
        }
        pools.values().forEach(this::admit);
    }

    /**
     * Takes back room whose pod still waits at a second call: the writer did not hear of the reservation, or refused it
     * since the ledger had been lost meanwhile. The pod queues again at its place.
     */
    public void recall() {
        Set<String> gated = new HashSet<>();
        for (String uid : List.copyOf(holdings.keySet())) {
            Pod pod = pods.get(uid);
            Holding holding = holdings.get(uid);
            if (pod == null || holding == null || !pod.gated()) {
                continue;
            }
            if (unconfirmed.contains(uid)) {
                ledger.release(holding.pool(), uid);
                holdings.remove(uid);
            } else {
                gated.add(uid);
            }
        }
        unconfirmed.clear();
        unconfirmed.addAll(gated);
    }

    /** The pools whose ledger says something else than the facts, with both amounts. */
    public Map<String, Amounts> drift() {
        Map<String, Amounts> drifted = new TreeMap<>();
        for (Pool pool : pools.values()) {
            Amounts folded = holdings.values().stream()
                    .filter(holding -> holding.pool().equals(pool.name()))
                    .map(holding -> holding.pod().amounts())
                    .reduce(Amounts.NONE, Amounts::plus);
            Amounts difference = ledger.used(pool.name()).minus(folded);
            if (!difference.equals(Amounts.NONE)) {
                drifted.put(pool.name(), difference);
            }
        }
        return drifted;
    }

    private void restore(Pool pool) {
        Map<String, Amounts> reservations = new LinkedHashMap<>();
        holdings.forEach((uid, holding) -> {
            if (holding.pool().equals(pool.name())) {
                reservations.put(uid, holding.pod().amounts());
            }
        });
        for (Pod pod : pods.values()) {
            if (!pod.gated() && pool.namespaces().contains(pod.namespace())) {
                reservations.put(pod.uid(), pod.amounts());
                holdings.put(pod.uid(), new Holding(pool.name(), pod));
            }
        }
        ledger.rebuild(pool.name(), reservations);
    }

    private void release(String uid, Holding holding) {
        Amounts used = ledger.release(holding.pool(), uid);
        holdings.remove(uid);
        Pool pool = pools.get(holding.pool());
        if (pool != null) {
            outcomes.released(pool, holding.pod(), used);
            thresholds(pool, used);
        }
    }

    private void admit(Pool pool) {
        List<Pod> queue = new ArrayList<>(pods.values().stream()
                .filter(pod -> pod.gated()
                        && !holdings.containsKey(pod.uid())
                        && pool.namespaces().contains(pod.namespace()))
                .sorted(FIRST_COME)
                .toList());
        Amounts used = null;
        while (!queue.isEmpty()) {
            Pod pod = queue.getFirst();
            QuotaLedger.Attempt attempt = ledger.reserve(pool.name(), pod.uid(), pod.amounts(), pool.capacity());
            used = attempt.used();
            if (!attempt.reserved()) {
                break;
            }
            queue.removeFirst();
            holdings.put(pod.uid(), new Holding(pool.name(), pod));
            waitingMessages.remove(pod.uid());
            outcomes.reserved(pool, pod, used);
            thresholds(pool, used);
        }
        tellWaiting(pool, queue, used);
    }

    private void tellWaiting(Pool pool, List<Pod> queue, @Nullable Amounts used) {
        for (int i = 0; i < queue.size() && used != null; i++) {
            Pod pod = queue.get(i);
            String message = "quota pool " + pool.name() + " has no room for the pod now: "
                    + lacking(pod.amounts(), used, pool.capacity()) + "; place " + (i + 1) + " in the queue";
            if (!message.equals(waitingMessages.put(pod.uid(), message))) {
                outcomes.waiting(pool, pod, used, i + 1, message);
            }
        }
    }

    private static String lacking(Amounts wanted, Amounts used, Amounts capacity) {
        List<String> parts = new ArrayList<>();
        wanted.byResource().forEach((resource, amount) -> {
            long taken = used.byResource().getOrDefault(resource, 0L);
            long most = capacity.byResource().getOrDefault(resource, 0L);
            if (taken + amount > most) {
                parts.add(resource + " " + amount + " on top of " + taken + " of " + most);
            }
        });
        return parts.isEmpty() ? "others wait before it" : String.join(", ", parts);
    }

    private void thresholds(Pool pool, Amounts used) {
        Map<String, Long> capacity = pool.capacity().byResource();
        used.byResource().forEach((resource, amount) -> {
            long most = capacity.getOrDefault(resource, 0L);
            for (long percent : THRESHOLDS) {
                boolean now = most > 0 && amount * 100.0 >= most * (double) percent;
                Boolean before = above.put(pool.name() + "/" + resource + "/" + percent, now);
                if (now != Boolean.TRUE.equals(before)) {
                    outcomes.thresholdCrossed(pool, resource, (int) percent, now, amount, most);
                }
            }
        });
    }
}
