package dev.waybill.scheduler.placement;

import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.cluster.PodView;

/** Says how well a node suits a pod. Pure. */
public interface NodeScorer {
    /** Name under which the score is published. */
    String name();

    /** From 0 to 100. */
    long score(PodView pod, NodeView node);
}
