package dev.waybill.scheduler.placement.filter;

import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.placement.NodeFilter;
import dev.waybill.scheduler.placement.PodNeeds;
import java.util.Optional;

/** No pod goes to a node that was cordoned. */
public final class CordonFilter implements NodeFilter {
    @Override
    public Optional<String> reject(PodNeeds pod, NodeView node) {
        return node.cordoned() ? Optional.of("node(s) were unschedulable") : Optional.empty();
    }
}
