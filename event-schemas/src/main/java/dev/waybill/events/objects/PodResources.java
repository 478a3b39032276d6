package dev.waybill.events.objects;

import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * What a pod asks for and may use, over all its containers, by Kubernetes' rule: the sum of the containers, or the
 * largest init container where that is more (restartable init containers count as containers), plus the overhead. The
 * writer, the scheduler and quota all use this one rule, so they cannot disagree. Immutable.
 *
 * @param requests requested amount by resource name
 * @param limits limit by resource name; a resource is absent unless every container limits it
 */
public record PodResources(Map<String, Quantity> requests, Map<String, Quantity> limits) {

    /** Reads the {@code spec} of a pod. */
    public static PodResources ofSpec(JsonNode spec) {
        Map<String, Quantity> overhead = amounts(spec.path("overhead"));
        return new PodResources(
                effective(spec, "requests", overhead), limited(spec, effective(spec, "limits", overhead)));
    }

    /** What the limits of the containers come to, as far as they have some: quotas count so. */
    public static Map<String, Quantity> limitsSaid(JsonNode spec) {
        return effective(spec, "limits", amounts(spec.path("overhead")));
    }

    public long cpuMillis() {
        return requests.getOrDefault("cpu", Quantity.ZERO).millis();
    }

    public long memoryBytes() {
        return requests.getOrDefault("memory", Quantity.ZERO).value();
    }

    private static Map<String, Quantity> effective(JsonNode spec, String field, Map<String, Quantity> overhead) {
        Map<String, Quantity> total = new TreeMap<>();
        for (JsonNode container : spec.path("containers")) {
            add(total, container, field);
        }
        Map<String, Quantity> sidecars = new TreeMap<>();
        Map<String, Quantity> peak = new TreeMap<>();
        for (JsonNode container : spec.path("initContainers")) {
            if (container.path("restartPolicy").asString("").equals("Always")) {
                add(total, container, field);
                add(sidecars, container, field);
                max(peak, sidecars);
            } else {
                Map<String, Quantity> alone = new TreeMap<>(sidecars);
                add(alone, container, field);
                max(peak, alone);
            }
        }
        max(total, peak);
        if (!total.isEmpty() || field.equals("requests")) {
            overhead.forEach((name, amount) -> total.merge(name, amount, Quantity::plus));
        }
        return total;
    }

    /** A pod has a limit only where each of its containers has one. */
    private static Map<String, Quantity> limited(JsonNode spec, Map<String, Quantity> limits) {
        limits.keySet().removeIf(name -> {
            for (JsonNode container : spec.path("containers")) {
                if (container.path("resources").path("limits").path(name).isMissingNode()) {
                    return true;
                }
            }
            return false;
        });
        return limits;
    }

    private static void add(Map<String, Quantity> total, JsonNode container, String field) {
        amounts(container.path("resources").path(field))
                .forEach((name, amount) -> total.merge(name, amount, Quantity::plus));
    }

    private static void max(Map<String, Quantity> total, Map<String, Quantity> other) {
        other.forEach((name, amount) -> total.merge(name, amount, (a, b) -> a.compareTo(b) >= 0 ? a : b));
    }

    private static Map<String, Quantity> amounts(JsonNode resources) {
        Map<String, Quantity> amounts = new TreeMap<>();
        resources
                .properties()
                .forEach(entry -> amounts.put(
                        entry.getKey(), Quantity.parse(entry.getValue().asString())));
        return amounts;
    }
}
