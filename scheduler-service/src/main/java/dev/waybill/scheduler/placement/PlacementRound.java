package dev.waybill.scheduler.placement;

import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.cluster.PodView;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Places pods one after another on nodes that nobody else changes meanwhile: each verdict must be carried out on the
 * nodes before the next is asked for. Pods that need the same share one search. Confined to one thread.
 */
public final class PlacementRound {
    private final PodPlacer rules;
    private final List<NodeView> nodes;
    private final Map<PodNeeds, NodeSearch> searches = new HashMap<>();
    private int start;

    PlacementRound(PodPlacer rules, List<NodeView> nodes, int start) {
        this.rules = rules;
        this.nodes = nodes;
        this.start = start;
    }

    /** Finds a node for a pod. */
    public Verdict place(PodView pod) {
        return next(searches.computeIfAbsent(PodNeeds.of(pod), needs -> new NodeSearch(rules, needs, nodes, start)));
    }

    /**
     * The same among the nodes that pass a filter of this pod's own, too.
     *
     * @param own asked last
     */
    public Verdict place(PodView pod, NodeFilter own) {
        return next(new NodeSearch(rules.and(own), PodNeeds.of(pod), nodes, start));
    }

    private Verdict next(NodeSearch search) {
        int before = search.evaluated();
        Verdict verdict = search.next();
        if (!nodes.isEmpty()) {
            start = (start + search.evaluated() - before) % nodes.size();
        }
        return verdict;
    }

    /** Where the next round's searches go on. */
    public int end() {
        return start;
    }
}
