package dev.waybill.scheduler.placement.filter;

import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.cluster.PodView;
import dev.waybill.scheduler.placement.NodeFilter;
import dev.waybill.scheduler.placement.PodNeeds;
import java.util.Optional;

/** The host ports that the pod wants are free on the node. */
public final class HostPortFilter implements NodeFilter {
    @Override
    public Optional<String> reject(PodNeeds pod, NodeView node) {
        for (PodView.HostPort wanted : pod.hostPorts()) {
            for (PodView other : node.podsWithHostPorts()) {
                if (other.hostPorts().stream().anyMatch(wanted::clashesWith)) {
                    return Optional.of("node(s) didn't have free ports for the requested pod ports");
                }
            }
        }
        return Optional.empty();
    }
}
