package dev.waybill.scheduler.placement.filter;

import dev.waybill.events.objects.Quantity;
import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.placement.NodeFilter;
import dev.waybill.scheduler.placement.PodNeeds;
import java.util.Map;
import java.util.Optional;

/** What the pod requests is free on the node, and the node takes one more pod. */
public final class ResourceFilter implements NodeFilter {
    @Override
    public Optional<String> reject(PodNeeds pod, NodeView node) {
        if (!node.hasPlace()) {
            return Optional.of("Too many pods");
        }
        if (pod.cpuMillis() > 0 && pod.cpuMillis() > node.allocatableCpuMillis() - node.requestedCpuMillis()) {
            return Optional.of("Insufficient cpu");
        }
        if (pod.memoryBytes() > 0 && pod.memoryBytes() > node.allocatableMemoryBytes() - node.requestedMemoryBytes()) {
            return Optional.of("Insufficient memory");
        }
        for (Map.Entry<String, Quantity> request : pod.others().entrySet()) {
            String name = request.getKey();
            if (node.requested(name).plus(request.getValue()).compareTo(node.allocatable(name)) > 0) {
                return Optional.of("Insufficient " + name);
            }
        }
        return Optional.empty();
    }
}
