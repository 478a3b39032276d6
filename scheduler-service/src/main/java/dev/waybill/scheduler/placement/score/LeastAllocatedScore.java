package dev.waybill.scheduler.placement.score;

import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.placement.NodeScorer;
import dev.waybill.scheduler.placement.PodNeeds;

/** The share of CPU and memory that would stay free. */
public final class LeastAllocatedScore implements NodeScorer {
    @Override
    public String name() {
        return "LeastAllocated";
    }

    @Override
    public long score(PodNeeds pod, NodeView node) {
        double free = Math.max(0, 1 - Shares.cpuAfter(pod, node)) + Math.max(0, 1 - Shares.memoryAfter(pod, node));
        return Math.round(free / 2 * 100);
    }
}
