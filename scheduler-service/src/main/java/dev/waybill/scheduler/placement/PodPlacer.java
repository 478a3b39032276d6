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
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Filters the nodes, scores those that are left, takes the best; ties go by name, so a decision can be repeated. Pure. */
public final class PodPlacer {
    private static final int NAMED = 10;
    private static final Comparator<NodeScore> BEST_FIRST =
            Comparator.comparingLong(NodeScore::getTotal).reversed().thenComparing(NodeScore::getNode);

    private final List<NodeFilter> filters;
    private final List<NodeScorer> scorers;

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

    /** Finds a node for a pod. */
    public Verdict place(PodView pod, Collection<NodeView> nodes) {
        Map<String, List<String>> rejected = new TreeMap<>();
        List<NodeView> feasible = new ArrayList<>();
        for (NodeView node : nodes) {
            Optional<String> reason = rejection(pod, node);
            if (reason.isPresent()) {
                rejected.computeIfAbsent(reason.get(), key -> new ArrayList<>()).add(node.name());
            } else {
                feasible.add(node);
            }
        }
        List<RejectedNodes> reasons = reasons(rejected);
        if (feasible.isEmpty()) {
            return new Verdict.Unplaceable(nodes.size(), message(nodes.size(), reasons), reasons);
        }
        List<NodeScore> scores = feasible.stream()
                .map(node -> score(pod, node))
                .sorted(BEST_FIRST)
                .limit(NAMED)
                .toList();
        NodeView best = feasible.stream()
                .filter(node -> node.name().equals(scores.getFirst().getNode()))
                .findFirst()
                .orElseThrow();
        return new Verdict.Placed(best, nodes.size(), feasible.size(), scores, reasons);
    }

    private Optional<String> rejection(PodView pod, NodeView node) {
        return filters.stream()
                .map(filter -> filter.reject(pod, node))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private NodeScore score(PodView pod, NodeView node) {
        Map<String, Long> parts = new TreeMap<>();
        long total = 0;
        for (NodeScorer scorer : scorers) {
            long score = scorer.score(pod, node);
            parts.put(scorer.name(), score);
            total += score;
        }
        return NodeScore.newBuilder()
                .setNode(node.name())
                .setTotal(total)
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
