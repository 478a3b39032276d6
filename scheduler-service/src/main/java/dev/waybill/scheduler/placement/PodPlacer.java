package dev.waybill.scheduler.placement;

import dev.waybill.events.NodeScore;
import dev.waybill.events.RejectedNodes;
import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.cluster.PodView;
import dev.waybill.scheduler.placement.filter.CordonFilter;
import dev.waybill.scheduler.placement.filter.HostPortFilter;
import dev.waybill.scheduler.placement.filter.NodeAffinityFilter;
import dev.waybill.scheduler.placement.filter.ResourceFilter;
import dev.waybill.scheduler.placement.filter.TaintFilter;
import dev.waybill.scheduler.placement.score.BalancedAllocationScore;
import dev.waybill.scheduler.placement.score.LeastAllocatedScore;
import dev.waybill.scheduler.placement.score.OwnerSpreadScore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Filters nodes until enough are found, scores those, takes the best; ties go by name, so a decision can be repeated. As
 * in Kubernetes, a large cluster is not looked through for every pod: each search goes on where the last one stopped.
 * Pure.
 */
public final class PodPlacer {
    private static final int NAMED = 10;
    private static final int ALWAYS_LOOKED_AT = 100;
    private static final int LEAST_PERCENT = 5;
    private static final Comparator<Scored> BEST_FIRST = Comparator.comparingLong(Scored::total)
            .reversed()
            .thenComparing(scored -> scored.node().name());

    private static final NodeFilter ANY = (_, _) -> Optional.empty();

    private final List<NodeFilter> filters;
    private final List<NodeScorer> scorers;

    private record Scored(NodeView node, long total) {}

    public PodPlacer(List<NodeFilter> filters, List<NodeScorer> scorers) {
        this.filters = List.copyOf(filters);
        this.scorers = List.copyOf(scorers);
    }

    /** The rules of a plain cluster. */
    public static PodPlacer standard() {
        return new PodPlacer(
                List.of(
                        new CordonFilter(),
                        new TaintFilter(),
                        new NodeAffinityFilter(),
                        new HostPortFilter(),
                        new ResourceFilter()),
                List.of(new LeastAllocatedScore(), new BalancedAllocationScore(), new OwnerSpreadScore()));
    }

    /**
     * How many feasible nodes are enough: all of a small cluster, from half down to a twentieth of a large one
     * (Kubernetes' percentageOfNodesToScore when it is not set).
     */
    static int enough(int nodes) {
        int percent = Math.max(LEAST_PERCENT, 50 - nodes / 125);
        return Math.max(Math.min(nodes, ALWAYS_LOOKED_AT), nodes * percent / 100);
    }

    /** Finds a node for a pod, beginning at a place in the list. */
    public Verdict place(PodView pod, List<NodeView> nodes, int start) {
        return place(pod, nodes, start, ANY);
    }

    /**
     * The same among the nodes that pass a filter of this pod's own, too.
     *
     * @param own asked last
     */
    public Verdict place(PodView pod, List<NodeView> nodes, int start, NodeFilter own) {
        PodNeeds needs = PodNeeds.of(pod);
        Map<String, List<String>> rejected = new TreeMap<>();
        List<NodeView> feasible = new ArrayList<>();
        int enough = enough(nodes.size());
        int evaluated = 0;
        while (evaluated < nodes.size() && feasible.size() < enough) {
            NodeView node = nodes.get((start + evaluated++) % nodes.size());
            Optional<String> reason = rejection(needs, node).or(() -> own.reject(needs, node));
            if (reason.isPresent()) {
                rejected.computeIfAbsent(reason.get(), key -> new ArrayList<>()).add(node.name());
            } else {
                feasible.add(node);
            }
        }
        List<RejectedNodes> reasons = reasons(rejected);
        if (feasible.isEmpty()) {
            return new Verdict.Unplaceable(evaluated, message(evaluated, reasons), reasons);
        }
        List<Scored> best = best(needs, feasible);
        List<NodeScore> scores =
                best.stream().map(scored -> score(needs, scored)).toList();
        return new Verdict.Placed(best.getFirst().node(), evaluated, feasible.size(), scores, reasons);
    }

    private Optional<String> rejection(PodNeeds pod, NodeView node) {
        for (NodeFilter filter : filters) {
            Optional<String> reason = filter.reject(pod, node);
            if (reason.isPresent()) {
                return reason;
            }
        }
        return Optional.empty();
    }

    /** The best few, the best first. */
    private List<Scored> best(PodNeeds pod, List<NodeView> feasible) {
        List<Scored> best = new ArrayList<>();
        for (NodeView node : feasible) {
            Scored scored = new Scored(node, total(pod, node));
            if (best.size() < NAMED || BEST_FIRST.compare(scored, best.getLast()) < 0) {
                int at = best.size();
                while (at > 0 && BEST_FIRST.compare(scored, best.get(at - 1)) < 0) {
                    at--;
                }
                best.add(at, scored);
                if (best.size() > NAMED) {
                    best.removeLast();
                }
            }
        }
        return best;
    }

    private long total(PodNeeds pod, NodeView node) {
        long total = 0;
        for (NodeScorer scorer : scorers) {
            total += scorer.score(pod, node);
        }
        return total;
    }

    private NodeScore score(PodNeeds pod, Scored scored) {
        Map<String, Long> parts = new TreeMap<>();
        for (NodeScorer scorer : scorers) {
            parts.put(scorer.name(), scorer.score(pod, scored.node()));
        }
        return NodeScore.newBuilder()
                .setNode(scored.node().name())
                .setTotal(scored.total())
                .setParts(parts)
                .build();
    }

    private static List<RejectedNodes> reasons(Map<String, List<String>> rejected) {
        return rejected.entrySet().stream()
                .map(entry -> RejectedNodes.newBuilder()
                        .setReason(entry.getKey())
                        .setCount(entry.getValue().size())
                        .setNodes(entry.getValue().stream().limit(NAMED).toList())
                        .build())
                .toList();
    }

    private static String message(int nodes, List<RejectedNodes> reasons) {
        if (nodes == 0) {
            return "no nodes available to schedule pods";
        }
        List<String> parts = reasons.stream()
                .map(reason -> reason.getCount() + " " + reason.getReason())
                .toList();
        return "0/" + nodes + " nodes are available: " + String.join(", ", parts) + ".";
    }
}
