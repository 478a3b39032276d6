package dev.waybill.gateway.kinds;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How lists merge: the patchMergeKey, patchStrategy and x-kubernetes-list tags of the Kubernetes types, which the
 * published model classes do not carry. Fields are told apart by their name and, where that is not enough, by the name
 * of the field that holds them. Stateless.
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
            Map.entry("imagePullSecrets", "name"),
            Map.entry("secrets", "name"),
            Map.entry("hostAliases", "ip"),
            Map.entry("schedulingGates", "name"),
            Map.entry("resourceClaims", "name"),
            Map.entry("claims", "name"),
            Map.entry("topologySpreadConstraints", "topologyKey"),
            Map.entry("ownerReferences", "uid"),
            Map.entry("conditions", "type"),
            Map.entry("addresses", "type"),
            Map.entry("taints", "key"),
            Map.entry("webhooks", "name"),
            Map.entry("drivers", "name"),
            Map.entry("podIPs", "ip"));

    /** Lists that a strategic merge patch merges but that server-side apply takes as one value. */
    private static final Set<String> APPLIED_WHOLE = Set.of("taints");

    private static final Set<String> MERGED_PRIMITIVES = Set.of("finalizers", "podCIDRs");
    private static final Set<String> RETAIN_KEYS = Set.of("strategy", "volumes");
    private static final Set<String> CONTAINER_LISTS = Set.of("containers", "initContainers", "ephemeralContainers");

    private MergeKeys() {}

    /**
     * The field by which elements of a list are the same in a strategic merge patch; null when the list is replaced as
     * a whole.
     *
     * @param holder the field that holds the object with the list; empty for the object itself
     */
    public static @Nullable String of(String holder, String listField) {
        return switch (listField) {
            case "ports" -> CONTAINER_LISTS.contains(holder) ? "containerPort" : holder.equals("spec") ? "port" : null;
            case "imagePullSecrets" -> holder.isEmpty() ? null : "name";
            case "addresses" -> holder.equals("status") ? "type" : null;
            default -> BY_FIELD.get(listField);
        };
    }

    /** The fields by which server-side apply tells elements of a list apart; empty when the list is one value. */
    public static List<String> applied(String holder, String listField) {
        String key = of(holder, listField);
        if (key == null || APPLIED_WHOLE.contains(listField)) {
            return List.of();
        }
        return switch (listField) {
            case "ports" -> List.of(key, "protocol");
            case "topologySpreadConstraints" -> List.of(key, "whenUnsatisfiable");
            default -> List.of(key);
        };
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
