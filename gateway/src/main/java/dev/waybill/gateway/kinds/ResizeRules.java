package dev.waybill.gateway.kinds;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * pods/resize: CPU and memory of a pod that is there change by this subresource only, and nothing else of it does
 * (ValidatePodResize in k8s.io/kubernetes/pkg/apis/core/validation). Stateless.
 */
final class ResizeRules {
    static final String SUBRESOURCE = "resize";

    private static final List<String> MUTABLE = List.of("cpu", "memory");

    private ResizeRules() {}

    /** The pod as it is, with the resources that another has for its containers; init containers only where they run on. */
    static ObjectNode taken(ObjectNode pod, JsonNode from) {
        for (String list : List.of("containers", "initContainers")) {
            Map<String, JsonNode> asked = byName(from.path("spec").path(list));
            for (ObjectNode container : Json.objects(pod.path("spec").path(list))) {
                JsonNode other = asked.get(Json.text(container, "name"));
                boolean runs = list.equals("containers")
                        || Json.text(container, "restartPolicy").equals("Always");
                if (other != null && runs) {
                    container.set("resources", other.path("resources").deepCopy());
                }
            }
        }
        return pod;
    }

    static void validateUpdate(JsonNode spec, JsonNode old, List<FieldError> errors) {
        for (String list : List.of("containers", "initContainers")) {
            Map<String, JsonNode> before = byName(old.path(list));
            int index = 0;
            for (JsonNode container : spec.path(list)) {
                String at = "spec." + list + "[" + index++ + "].resources";
                JsonNode was = before.getOrDefault(Json.text(container, "name"), Json.object());
                change(container.path("resources"), was.path("resources"), at, errors);
            }
        }
        String now = QosClass.of(spec);
        if (!now.equals(QosClass.of(old))) {
            errors.add(FieldError.invalid(
                    "spec", Syntax.quoted(now), "Pod QOS Class may not change as a result of resizing"));
        }
    }

    private static void change(JsonNode now, JsonNode before, String path, List<FieldError> errors) {
        boolean others = !others(now).equals(others(before));
        if (others) {
            errors.add(FieldError.forbidden("spec", "only cpu and memory resources are mutable"));
        }
        for (String field : List.of("limits", "requests")) {
            boolean removed = MUTABLE.stream()
                    .anyMatch(name ->
                            before.path(field).has(name) && !now.path(field).has(name));
            if (removed) {
                errors.add(FieldError.forbidden(path + "." + field, "resource " + field + " cannot be removed"));
            }
        }
    }

    /** The amounts that do not change. */
    private static Map<String, JsonNode> others(JsonNode resources) {
        Map<String, JsonNode> others = new HashMap<>();
        for (String field : List.of("limits", "requests")) {
            resources.path(field).properties().forEach(amount -> {
                if (!MUTABLE.contains(amount.getKey())) {
                    others.put(field + " " + amount.getKey(), amount.getValue());
                }
            });
        }
        return others;
    }

    private static Map<String, JsonNode> byName(JsonNode containers) {
        Map<String, JsonNode> found = new HashMap<>();
        containers.forEach(container -> found.put(Json.text(container, "name"), container));
        return found;
    }
}
