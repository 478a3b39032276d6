package dev.waybill.gateway.kinds;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Ephemeral containers: they join a running pod by its subresource only, may look at it, and stay as they are
 * (k8s.io/kubernetes/pkg/apis/core/validation: validateEphemeralContainers). Stateless.
 */
final class EphemeralRules {
    static final String SUBRESOURCE = "ephemeralcontainers";
    static final String FIELD = "ephemeralContainers";

    private static final String PATH = "spec." + FIELD;
    private static final String NOT_SETTABLE = "cannot be set for an Ephemeral Container";
    private static final Set<String> ALLOWED = Set.of(
            "name",
            "image",
            "command",
            "args",
            "workingDir",
            "envFrom",
            "env",
            "volumeMounts",
            "volumeDevices",
            "terminationMessagePath",
            "terminationMessagePolicy",
            "imagePullPolicy",
            "securityContext",
            "stdin",
            "stdinOnce",
            "tty",
            "targetContainerName");

    private EphemeralRules() {}

    /** What is wrong with the list as such; {@code volumes} are the names that the pod has. */
    static void validate(JsonNode spec, Set<String> volumes, List<FieldError> errors) {
        JsonNode list = spec.path(FIELD);
        Set<String> others = new HashSet<>();
        for (String field : List.of("containers", "initContainers")) {
            spec.path(field).forEach(container -> others.add(Json.text(container, "name")));
        }
        ContainerRules.validateAll(list, PATH, new HashSet<>(others), volumes, errors);
        int index = 0;
        for (JsonNode container : list) {
            String at = PATH + "[" + index++ + "]";
            String target = Json.text(container, "targetContainerName");
            if (!target.isEmpty() && !others.contains(target)) {
                errors.add(FieldError.notFound(at + ".targetContainerName", target));
            }
            container.properties().forEach(field -> {
                if (!ALLOWED.contains(field.getKey()) && isSet(field.getValue())) {
                    errors.add(FieldError.forbidden(at + "." + field.getKey(), NOT_SETTABLE));
                }
            });
            subPaths(container.path("volumeMounts"), at + ".volumeMounts", errors);
        }
    }

    /** What the subresource may not do to those that are there. */
    static void validateUpdate(JsonNode spec, JsonNode old, List<FieldError> errors) {
        Map<String, JsonNode> now = new HashMap<>();
        spec.path(FIELD).forEach(container -> now.put(Json.text(container, "name"), container));
        for (JsonNode before : old.path(FIELD)) {
            String name = Json.text(before, "name");
            JsonNode after = now.get(name);
            if (after == null) {
                errors.add(FieldError.forbidden(
                        PATH, "existing ephemeral containers \"" + name + "\" may not be removed"));
            } else if (!after.equals(before)) {
                errors.add(FieldError.forbidden(
                        PATH, "existing ephemeral containers \"" + name + "\" may not be changed"));
            }
        }
    }

    /** The pod as it is, with the list of another: nothing else of it is taken. */
    static ObjectNode taken(ObjectNode pod, ObjectNode from) {
        ObjectNode spec = Json.child(pod, "spec");
        JsonNode list = from.path("spec").path(FIELD);
        if (list.isEmpty()) {
            spec.remove(FIELD);
        } else {
            spec.set(FIELD, list.deepCopy());
        }
        return pod;
    }

    private static void subPaths(JsonNode mounts, String path, List<FieldError> errors) {
        int index = 0;
        for (JsonNode mount : mounts) {
            String at = path + "[" + index++ + "]";
            for (String field : List.of("subPath", "subPathExpr")) {
                if (!Json.text(mount, field).isEmpty()) {
                    errors.add(FieldError.forbidden(at + "." + field, NOT_SETTABLE));
                }
            }
        }
    }

    private static boolean isSet(JsonNode value) {
        return !value.isNull() && !(value.isContainer() && value.isEmpty());
    }
}
