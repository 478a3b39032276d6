package dev.waybill.scheduler.placement.score;

import dev.waybill.events.objects.Quantity;
import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.cluster.PodView;

/** Shares of a node's resources. Pure. */
final class Shares {
    private Shares() {}

    /** The requested share of a resource once the pod is there; 1 when the node has none of it. */
    static double after(PodView pod, NodeView node, String resource) {
        double allocatable = node.allocatable(resource).amount().doubleValue();
        Quantity requested =
                node.requested(resource).plus(pod.resources().requests().getOrDefault(resource, Quantity.ZERO));
        return allocatable == 0 ? 1 : requested.amount().doubleValue() / allocatable;
    }
}
