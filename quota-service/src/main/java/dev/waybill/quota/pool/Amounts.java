package dev.waybill.quota.pool;

import dev.waybill.events.objects.PodResources;
import dev.waybill.events.objects.Quantity;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * Amounts of what pools give out. Immutable.
 *
 * @param cpuMillis CPU in thousandths of a core
 * @param memoryBytes memory in bytes
 * @param pods number of pods
 */
public record Amounts(long cpuMillis, long memoryBytes, long pods) {
    public static final Amounts NONE = new Amounts(0, 0, 0);

    /** What a pod with this spec takes. */
    public static Amounts ofPod(JsonNode spec) {
        PodResources resources = PodResources.ofSpec(spec);
        return new Amounts(resources.cpuMillis(), resources.memoryBytes(), 1);
    }

    /** A pool's {@code spec.capacity}; a resource that it does not name is unlimited. */
    public static Amounts ofCapacity(JsonNode capacity) {
        return new Amounts(
                amount(capacity.path("cpu"), true),
                amount(capacity.path("memory"), false),
                amount(capacity.path("pods"), false));
    }

    public Amounts plus(Amounts other) {
        return new Amounts(cpuMillis + other.cpuMillis, memoryBytes + other.memoryBytes, pods + other.pods);
    }

    public Amounts minus(Amounts other) {
        return new Amounts(cpuMillis - other.cpuMillis, memoryBytes - other.memoryBytes, pods - other.pods);
    }

    public boolean within(Amounts capacity) {
        return cpuMillis <= capacity.cpuMillis && memoryBytes <= capacity.memoryBytes && pods <= capacity.pods;
    }

    /** By resource, as events carry it. */
    public Map<String, Long> byResource() {
        Map<String, Long> amounts = new TreeMap<>();
        amounts.put("cpuMillis", cpuMillis);
        amounts.put("memoryBytes", memoryBytes);
        amounts.put("pods", pods);
        return amounts;
    }

    private static long amount(JsonNode value, boolean millis) {
        return Quantity.tryParse(value.asString(""))
                .map(quantity -> millis ? quantity.millis() : quantity.value())
                .orElse(Long.MAX_VALUE / 4);
    }
}
