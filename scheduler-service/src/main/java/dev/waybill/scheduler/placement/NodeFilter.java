package dev.waybill.scheduler.placement;

import dev.waybill.scheduler.cluster.NodeView;
import java.util.Optional;

/** Says whether a pod could run on a node. Pure, and called for thousands of nodes a pod. */
@FunctionalInterface
public interface NodeFilter {
    /** Why not, in the words that kubectl describe shows; empty when it could. */
    Optional<String> reject(PodNeeds pod, NodeView node);
}
