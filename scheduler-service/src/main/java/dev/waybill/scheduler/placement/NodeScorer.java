package dev.waybill.scheduler.placement;

import dev.waybill.scheduler.cluster.NodeView;

/** Says how well a node suits a pod. Pure, and called for hundreds of nodes a pod. */
public interface NodeScorer {
    /** Name under which the score is published. */
    String name();

    /** From 0 to 100. */
    long score(PodNeeds pod, NodeView node);
}
