package dev.waybill.scheduler.placement.score;

import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.placement.PodNeeds;

/** The requested shares of a node's resources once a pod is there; 1 when the node has none of it. Pure. */
final class Shares {
    private Shares() {}

    static double cpuAfter(PodNeeds pod, NodeView node) {
        return share(node.requestedCpuMillis() + pod.cpuMillis(), node.allocatableCpuMillis());
    }

    static double memoryAfter(PodNeeds pod, NodeView node) {
        return share(node.requestedMemoryBytes() + pod.memoryBytes(), node.allocatableMemoryBytes());
    }

    private static double share(long requested, long allocatable) {
        return allocatable == 0 ? 1 : (double) requested / allocatable;
    }
}
