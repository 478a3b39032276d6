package dev.waybill.scheduler.nodelife;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which nodes are alive. A node is silent only when others were heard meanwhile, or when it is the only one, and never
 * within a grace period after the start: a broker that was away must not cost a cluster its nodes. Confined to the
 * scheduler's thread.
 */
public final class NodeLifecycle {
    /** As long as Kubernetes' node monitor waits. */
    static final Duration SILENCE = Duration.ofSeconds(40);

    private static final Duration HEARD_RECENTLY = Duration.ofSeconds(10);

    private final Map<String, Instant> heard = new HashMap<>();
    private final Instant start;
    private Instant lastHeard;

    public NodeLifecycle(Instant start) {
        this.start = start;
        this.lastHeard = start;
    }

    /** What is known of a node now, and whether its object says so. */
    public record Judgement(String node, boolean alive) {}

    public void heartbeat(String node, Instant now) {
        heard.put(node, now);
        lastHeard = now;
    }

    /**
     * The nodes whose readiness has to change.
     *
     * @param readyByNode each node with what its Ready condition says: True, False or Unknown
     */
    public List<Judgement> judge(Map<String, String> readyByNode, Instant now) {
        List<Judgement> judgements = new ArrayList<>();
        boolean othersHeard = Duration.between(lastHeard, now).compareTo(HEARD_RECENTLY) < 0;
        readyByNode.forEach((node, ready) -> {
            Instant last = heard.getOrDefault(node, start);
            boolean silent = Duration.between(last, now).compareTo(SILENCE) > 0;
            if (silent && !ready.equals("Unknown") && (othersHeard || readyByNode.size() == 1)) {
                judgements.add(new Judgement(node, false));
            } else if (!silent && ready.equals("Unknown") && heard.containsKey(node)) {
                judgements.add(new Judgement(node, true));
            }
        });
        return judgements;
    }

    /** Forgets nodes that are no more. */
    public void keep(Collection<String> nodes) {
        heard.keySet().retainAll(nodes);
    }
}
