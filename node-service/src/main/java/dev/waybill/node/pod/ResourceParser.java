package dev.waybill.node.pod;

import dev.waybill.events.objects.Quantity;
import dev.waybill.node.pod.ContainerSpec.ResourceNeeds;
import dev.waybill.node.pod.PodSpec.QosClass;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/** Reads requests and limits, and derives the class of service from them. Pure. */
final class ResourceParser {
    private static final String HUGEPAGES = "hugepages-";

    private ResourceParser() {}

    static ResourceNeeds resources(JsonNode node, String field) {
        JsonNode requests = node.path("requests");
        JsonNode limits = node.path("limits");
        long cpuLimit = millis(limits, "cpu", field + "limits.");
        long memoryLimit = bytes(limits, "memory", field + "limits.");
        return new ResourceNeeds(
                requests.has("cpu") ? millis(requests, "cpu", field + "requests.") : cpuLimit,
                cpuLimit,
                requests.has("memory") ? bytes(requests, "memory", field + "requests.") : memoryLimit,
                memoryLimit,
                hugepages(limits, field + "limits."));
    }

    /** What the pod needs beside its containers: a request, and part of each limit that the pod has. */
    static ResourceNeeds overhead(JsonNode overhead) {
        long cpu = millis(overhead, "cpu", "spec.overhead.");
        long memory = bytes(overhead, "memory", "spec.overhead.");
        return new ResourceNeeds(cpu, cpu, memory, memory);
    }

    static Set<String> restartsOnResize(JsonNode policies) {
        Set<String> resources = new TreeSet<>();
        for (JsonNode policy : policies) {
            if (policy.path("restartPolicy").asString("").equals("RestartContainer")) {
                resources.add(policy.path("resourceName").asString(""));
            }
        }
        return resources;
    }

    private static Map<String, Long> hugepages(JsonNode limits, String field) {
        Map<String, Long> pages = new TreeMap<>();
        limits.properties().forEach(entry -> {
            if (entry.getKey().startsWith(HUGEPAGES)) {
                pages.put(entry.getKey().substring(HUGEPAGES.length()), bytes(limits, entry.getKey(), field));
            }
        });
        return pages;
    }

    private static long millis(JsonNode node, String resource, String field) {
        return quantity(node, resource, field).millis();
    }

    private static long bytes(JsonNode node, String resource, String field) {
        return quantity(node, resource, field).value();
    }

    private static Quantity quantity(JsonNode node, String resource, String field) {
        String text = node.path(resource).asString("0");
        return Quantity.tryParse(text)
                .orElseThrow(() -> new IllegalArgumentException(field + resource + ": not a quantity: " + text));
    }

    /** The class that the pod was given, or else the one that its resources give. */
    static QosClass qosClass(JsonNode pod, List<ContainerSpec> init, List<ContainerSpec> containers) {
        String given = pod.path("status").path("qosClass").asString("");
        for (QosClass candidate : QosClass.values()) {
            if (candidate.text().equals(given)) {
                return candidate;
            }
        }
        return qosClass(init, containers);
    }

    private static QosClass qosClass(List<ContainerSpec> init, List<ContainerSpec> containers) {
        List<ResourceNeeds> needs = new ArrayList<>();
        init.forEach(container -> needs.add(container.resources()));
        containers.forEach(container -> needs.add(container.resources()));
        if (needs.stream().allMatch(need -> need.cpuRequestMillis() == 0 && need.memoryRequestBytes() == 0)) {
            return QosClass.BEST_EFFORT;
        }
        boolean guaranteed = needs.stream()
                .allMatch(need -> need.cpuLimitMillis() > 0
                        && need.memoryLimitBytes() > 0
                        && need.cpuLimitMillis() == need.cpuRequestMillis()
                        && need.memoryLimitBytes() == need.memoryRequestBytes());
        return guaranteed ? QosClass.GUARANTEED : QosClass.BURSTABLE;
    }
}
