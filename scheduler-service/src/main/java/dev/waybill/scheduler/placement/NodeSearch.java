package dev.waybill.scheduler.placement;

import dev.waybill.events.NodeScore;
import dev.waybill.events.RejectedNodes;
import dev.waybill.scheduler.cluster.NodeView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.TreeMap;

/**
 * The search for nodes that all pods of a round share that ask for the same: nodes are looked at once, and again only
 * after a pod was put on them. Confined to one thread.
 */
final class NodeSearch {
    private static final int NAMED = 10;
    private static final Comparator<Scored> BEST_FIRST = Comparator.comparingLong(Scored::total)
            .reversed()
            .thenComparing(scored -> scored.node().name());

    private final PodPlacer rules;
    private final PodNeeds needs;
    private final List<NodeView> nodes;
    private final int start;
    private final int enough;
    private final PriorityQueue<Scored> feasible = new PriorityQueue<>(BEST_FIRST);
    private final Map<String, Rejection> rejected = new TreeMap<>();
    private int evaluated;

    /** @param load what was on the node when its total was taken */
    private record Scored(NodeView node, long total, long load) {}

    private static final class Rejection {
        final List<String> named = new ArrayList<>();
        int count;

        void add(NodeView node) {
            count++;
            if (named.size() < NAMED) {
                named.add(node.name());
            }
        }
    }

    NodeSearch(PodPlacer rules, PodNeeds needs, List<NodeView> nodes, int start) {
        this.rules = rules;
        this.needs = needs;
        this.nodes = nodes;
        this.start = start;
        this.enough = PodPlacer.enough(nodes.size());
    }

    /** How many nodes were looked at. */
    int evaluated() {
        return evaluated;
    }

    /** The best node for one more pod. */
    Verdict next() {
        List<Scored> best = best();
        List<RejectedNodes> reasons = reasons();
        if (best.isEmpty()) {
            return new Verdict.Unplaceable(evaluated, message(reasons), reasons);
        }
        List<NodeScore> scores = best.stream().map(this::score).toList();
        return new Verdict.Placed(best.getFirst().node(), evaluated, feasible.size(), scores, reasons);
    }

    /** The best few, the best first. They stay in the search: the node that is taken shows by its load. */
    private List<Scored> best() {
        List<Scored> best = new ArrayList<>(NAMED);
        while (best.size() < NAMED) {
            while (feasible.size() + best.size() < enough && evaluated < nodes.size()) {
                consider(nodes.get((start + evaluated++) % nodes.size()));
            }
            Scored scored = feasible.poll();
            if (scored == null) {
                break;
            }
            if (scored.load() == scored.node().load()) {
                best.add(scored);
            } else {
                consider(scored.node());
            }
        }
        feasible.addAll(best);
        return best;
    }

    private void consider(NodeView node) {
        Optional<String> reason = rules.rejection(needs, node);
        if (reason.isPresent()) {
            rejected.computeIfAbsent(reason.get(), key -> new Rejection()).add(node);
        } else {
            feasible.add(new Scored(node, rules.total(needs, node), node.load()));
        }
    }

    private NodeScore score(Scored scored) {
        return NodeScore.newBuilder()
                .setNode(scored.node().name())
                .setTotal(scored.total())
                .setParts(rules.parts(needs, scored.node()))
                .build();
    }

    private List<RejectedNodes> reasons() {
        return rejected.entrySet().stream()
                .map(entry -> RejectedNodes.newBuilder()
                        .setReason(entry.getKey())
                        .setCount(entry.getValue().count)
                        .setNodes(List.copyOf(entry.getValue().named))
                        .build())
                .toList();
    }

    private String message(List<RejectedNodes> reasons) {
        if (evaluated == 0) {
            return "no nodes available to schedule pods";
        }
        List<String> parts = reasons.stream()
                .map(reason -> reason.getCount() + " " + reason.getReason())
                .toList();
        return "0/" + evaluated + " nodes are available: " + String.join(", ", parts) + ".";
    }
}
