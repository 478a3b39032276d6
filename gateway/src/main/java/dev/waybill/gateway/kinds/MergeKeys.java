package dev.waybill.gateway.kinds;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How lists merge in a strategic merge patch: the patchMergeKey and patchStrategy tags of the Kubernetes types, which
 * the published model classes do not carry. Fields are told apart by their name and, where that is not enough, by the
 * name of the field that holds them. Stateless.
 */
public final class MergeKeys {
    private static final Map<String, String> BY_FIELD = Map.ofEntries(
            Map.entry("containers", "name"),
            Map.entry("initContainers", "name"),
            Map.entry("ephemeralContainers", "name"),
            Map.entry("env", "name"),
            Map.entry("volumes", "name"),
            Map.entry("volumeMounts", "mountPath"),
            Map.entry("volumeDevices", "devicePath"),
            Map.entry("ports", "containerPort"),
            Map.entry("imagePullSecrets", "name"),
            Map.entry("secrets", "name"),
            Map.entry("hostAliases", "ip"),
            Map.entry("schedulingGates", "name"),
            Map.entry("resourceClaims", "name"),
            Map.entry("topologySpreadConstraints", "topologyKey"),
            Map.entry("ownerReferences", "uid"),
            Map.entry("conditions", "type"),
            Map.entry("addresses", "type"),
            Map.entry("taints", "key"),
            Map.entry("podIPs", "ip"));
    private static final Set<String> MERGED_PRIMITIVES = Set.of("finalizers", "podCIDRs");
    private static final Set<String> RETAIN_KEYS = Set.of("strategy", "volumes");

    private MergeKeys() {}

    /** The field by which elements of this list are the same; null when the list is replaced as a whole. */
    public static @Nullable String of(String listField) {
        return BY_FIELD.get(listField);
    }

    /** Whether a list of plain values is merged as a set. */
    public static boolean mergesPrimitives(String listField) {
        return MERGED_PRIMITIVES.contains(listField);
    }

    /** Whether clients send $retainKeys for objects in this field. */
    public static boolean retainsKeys(String field) {
        return RETAIN_KEYS.contains(field);
    }
}
