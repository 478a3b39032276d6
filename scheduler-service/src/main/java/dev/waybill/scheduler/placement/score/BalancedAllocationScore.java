package dev.waybill.scheduler.placement.score;

import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.placement.NodeScorer;
import dev.waybill.scheduler.placement.PodNeeds;

/** How evenly CPU and memory would be used, so that neither is left over alone. */
public final class BalancedAllocationScore implements NodeScorer {
    @Override
    public String name() {
        return "BalancedAllocation";
    }

    @Override
    public long score(PodNeeds pod, NodeView node) {
        double difference = Math.abs(Shares.cpuAfter(pod, node) - Shares.memoryAfter(pod, node));
        return Math.round(Math.max(0, 1 - difference) * 100);
    }
}
