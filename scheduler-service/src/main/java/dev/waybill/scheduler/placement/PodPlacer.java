package dev.waybill.scheduler.placement;

import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.placement.filter.CordonFilter;
import dev.waybill.scheduler.placement.filter.HostPortFilter;
import dev.waybill.scheduler.placement.filter.NodeAffinityFilter;
import dev.waybill.scheduler.placement.filter.ResourceFilter;
import dev.waybill.scheduler.placement.filter.RuntimeFilter;
import dev.waybill.scheduler.placement.filter.TaintFilter;
import dev.waybill.scheduler.placement.score.BalancedAllocationScore;
import dev.waybill.scheduler.placement.score.LeastAllocatedScore;
import dev.waybill.scheduler.placement.score.OwnerSpreadScore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The rules by which nodes are filtered until enough are found, and those scored; the best is taken, ties go by name, so
 * a decision can be repeated. As in Kubernetes, a large cluster is not looked through for every pod: each search goes on
 * where the last one stopped. Pure.
 */
public final class PodPlacer {
    private static final int ALWAYS_LOOKED_AT = 100;
    private static final int LEAST_PERCENT = 5;

    private final List<NodeFilter> filters;
    private final List<NodeScorer> scorers;

    public PodPlacer(List<NodeFilter> filters, List<NodeScorer> scorers) {
        this.filters = List.copyOf(filters);
        this.scorers = List.copyOf(scorers);
    }

    /** The rules of a plain cluster; {@code handlers} knows the handler of a RuntimeClass. */
    public static PodPlacer standard(Function<String, Optional<String>> handlers) {
        return new PodPlacer(
                List.of(
                        new CordonFilter(),
                        new TaintFilter(),
                        new NodeAffinityFilter(),
                        new HostPortFilter(),
                        new RuntimeFilter(handlers),
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

    /** The same rules and one more. */
    PodPlacer and(NodeFilter filter) {
        List<NodeFilter> more = new ArrayList<>(filters);
        more.add(filter);
        return new PodPlacer(more, scorers);
    }

    /** A round over these nodes, whose searches begin at a place in the list. */
    public PlacementRound round(List<NodeView> nodes, int start) {
        return new PlacementRound(this, nodes, start);
    }

    Optional<String> rejection(PodNeeds pod, NodeView node) {
        for (NodeFilter filter : filters) {
            Optional<String> reason = filter.reject(pod, node);
            if (reason.isPresent()) {
                return reason;
            }
        }
        return Optional.empty();
    }

    long total(PodNeeds pod, NodeView node) {
        long total = 0;
        for (NodeScorer scorer : scorers) {
            total += scorer.score(pod, node);
        }
        return total;
    }

    /** What the total is made of. */
    Map<String, Long> parts(PodNeeds pod, NodeView node) {
        Map<String, Long> parts = new TreeMap<>();
        for (NodeScorer scorer : scorers) {
            parts.put(scorer.name(), scorer.score(pod, node));
        }
        return parts;
    }
}
