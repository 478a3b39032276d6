package dev.waybill.scheduler.placement.filter;

import dev.waybill.events.objects.Quantity;
import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.cluster.PodView;
import dev.waybill.scheduler.placement.NodeFilter;
import java.util.Map;
import java.util.Optional;

/** What the pod requests is free on the node, and the node takes one more pod. */
public final class ResourceFilter implements NodeFilter {
    @Override
    public Optional<String> reject(PodView pod, NodeView node) {
        if (node.podCount() >= node.allocatable("pods").value()) {
            return Optional.of("Too many pods");
        }
        for (Map.Entry<String, Quantity> request : pod.resources().requests().entrySet()) {
            String name = request.getKey();
            boolean asked = request.getValue().amount().signum() > 0;
            if (asked && node.requested(name).plus(request.getValue()).compareTo(node.allocatable(name)) > 0) {
                return Optional.of("Insufficient " + name);
            }
        }
        return Optional.empty();
    }
}
