package dev.waybill.node.pod;

import dev.waybill.events.objects.Quantity;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * How much of the node's disk a pod may take for as long as it lives, and what is said of one that takes more
 * (k8s.io/kubernetes/pkg/kubelet/eviction: localStorageEviction). Amounts that are missing are without limit. Immutable.
 *
 * @param pod for everything together, null when no container has a limit
 * @param containers for what a container writes beside its volumes, and its log
 * @param volumes of empty directories on disk
 */
public record StorageLimits(@Nullable Quantity pod, Map<String, Quantity> containers, Map<String, Quantity> volumes) {
    private static final String RESOURCE = "ephemeral-storage";

    /**
     * What a pod takes in bytes.
     *
     * @param containers writable layers and logs
     * @param volumes of the pod's own on disk
     */
    public record Use(Map<String, Long> containers, Map<String, Long> volumes) {
        long total() {
            return containers.values().stream().mapToLong(Long::longValue).sum()
                    + volumes.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /** Reads the limits of a pod's spec. */
    static StorageLimits parse(JsonNode spec) {
        Map<String, Quantity> containers = new LinkedHashMap<>();
        Quantity sidecars = Quantity.ZERO;
        Quantity most = Quantity.ZERO;
        for (JsonNode container : spec.path("initContainers")) {
            Quantity limit = limit(container);
            boolean sidecar = container.path("restartPolicy").asString("").equals("Always");
            most = larger(most, sidecars.plus(limit));
            sidecars = sidecar ? sidecars.plus(limit) : sidecars;
        }
        Quantity together = sidecars;
        for (JsonNode container : spec.path("containers")) {
            Quantity limit = limit(container);
            together = together.plus(limit);
            if (limit.value() > 0) {
                containers.put(container.path("name").asString(""), limit);
            }
        }
        Quantity pod = larger(together, most);
        Map<String, Quantity> volumes = new LinkedHashMap<>();
        for (VolumeSpec volume : VolumeParser.parse(spec.path("volumes"))) {
            if (volume instanceof VolumeSpec.EmptyDir empty
                    && !empty.memory()
                    && empty.limit().value() > 0) {
                volumes.put(empty.name(), empty.limit());
            }
        }
        return new StorageLimits(pod.value() > 0 ? pod : null, containers, volumes);
    }

    private static Quantity limit(JsonNode container) {
        String text = container.path("resources").path("limits").path(RESOURCE).asString("0");
        return Quantity.tryParse(text)
                .orElseThrow(() ->
                        new IllegalArgumentException("resources.limits." + RESOURCE + ": not a quantity: " + text));
    }

    private static Quantity larger(Quantity one, Quantity other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    /** Whether nothing is limited. */
    public boolean none() {
        return pod == null && containers.isEmpty() && volumes.isEmpty();
    }

    /** Whether more than volumes is limited. */
    public boolean ofContainers() {
        return pod != null;
    }

    /** Why a pod that takes that much is to go; empty when it may stay. */
    public Optional<String> exceeded(Use use) {
        for (Map.Entry<String, Quantity> volume : volumes.entrySet()) {
            if (use.volumes().getOrDefault(volume.getKey(), 0L)
                    > volume.getValue().value()) {
                return Optional.of("Usage of EmptyDir volume \"" + volume.getKey() + "\" exceeds the limit \""
                        + volume.getValue() + "\".");
            }
        }
        if (pod != null && use.total() > pod.value()) {
            return Optional.of("Pod ephemeral local storage usage exceeds the total limit of containers " + pod + ".");
        }
        for (Map.Entry<String, Quantity> container : containers.entrySet()) {
            if (use.containers().getOrDefault(container.getKey(), 0L)
                    > container.getValue().value()) {
                return Optional.of("Container " + container.getKey() + " exceeded its local ephemeral storage limit \""
                        + container.getValue() + "\".");
            }
        }
        return Optional.empty();
    }
}
