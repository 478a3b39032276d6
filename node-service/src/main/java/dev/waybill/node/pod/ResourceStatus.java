package dev.waybill.node.pod;

import dev.waybill.events.objects.Quantity;
import dev.waybill.node.pod.ContainerSpec.ResourceNeeds;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ObjectNode;

/** What a container's status says about its resources, in Kubernetes' words. Pure. */
final class ResourceStatus {
    private ResourceStatus() {}

    /** Writes {@code resources}, which are in force, and {@code allocatedResources}, which the node holds ready. */
    static void write(ObjectNode status, ResourceNeeds needs) {
        ObjectNode resources = status.putObject("resources");
        amounts(resources, "limits", needs.cpuLimitMillis(), needs.memoryLimitBytes());
        amounts(resources, "requests", needs.cpuRequestMillis(), needs.memoryRequestBytes());
        amounts(status, "allocatedResources", needs.cpuRequestMillis(), needs.memoryRequestBytes());
    }

    private static void amounts(ObjectNode node, String field, long cpuMillis, long memoryBytes) {
        if (cpuMillis == 0 && memoryBytes == 0) {
            return;
        }
        ObjectNode amounts = node.putObject(field);
        if (cpuMillis > 0) {
            amounts.put("cpu", Quantity.ofMillis(cpuMillis).toString());
        }
        if (memoryBytes > 0) {
            amounts.put("memory", Quantity.ofBytes(memoryBytes).toString());
        }
    }

    /** Why changes did not come about, empty when all did. */
    static String refusals(PodState state) {
        return state.containers().values().stream()
                .filter(container ->
                        container.resources() != null && container.resources().refused() != null)
                .map(container ->
                        container.name() + ": " + container.resources().message())
                .collect(Collectors.joining("; "));
    }
}
