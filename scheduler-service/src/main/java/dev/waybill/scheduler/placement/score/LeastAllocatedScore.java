package dev.waybill.scheduler.placement.score;

import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.cluster.PodView;
import dev.waybill.scheduler.placement.NodeScorer;
import java.util.List;

/** The share of CPU and memory that would stay free. */
public final class LeastAllocatedScore implements NodeScorer {
    @Override
    public String name() {
        return "LeastAllocated";
    }

    @Override
    public long score(PodView pod, NodeView node) {
        double free = 0;
        for (String resource : List.of("cpu", "memory")) {
            free += Math.max(0, 1 - Shares.after(pod, node, resource));
        }
        return Math.round(free / 2 * 100);
    }
}
