package dev.waybill.scheduler.placement;

import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.cluster.PodView;
import java.util.Optional;

/** Says whether a pod could run on a node. Pure. */
@FunctionalInterface
public interface NodeFilter {
    /** Why not, in the words that kubectl describe shows; empty when it could. */
    Optional<String> reject(PodView pod, NodeView node);
}
