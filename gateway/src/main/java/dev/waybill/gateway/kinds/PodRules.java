package dev.waybill.gateway.kinds;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Pods. Stateless. */
final class PodRules implements KindRules {
    private static final String UPDATE_FORBIDDEN = "pod updates may not change fields other than "
            + "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
            + "`spec.tolerations` (only additions to existing tolerations),"
            + "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

    @Override
    public void defaults(ObjectNode pod) {
        if (pod.get("spec") instanceof ObjectNode spec) {
            PodSpecRules.defaults(spec);
            Json.defaultFlag(spec, "enableServiceLinks", true);
        }
    }

    @Override
    public void prepareForCreate(ObjectNode pod) {
        ObjectNode status = pod.putObject("status");
        status.put("phase", "Pending");
        if (pod.get("spec") instanceof ObjectNode spec) {
            status.put("qosClass", QosClass.of(spec));
            Json.defaultText(spec, "serviceAccountName", "default");
            Json.defaultText(spec, "serviceAccount", Json.text(spec, "serviceAccountName"));
            tolerate(spec, "node.kubernetes.io/not-ready");
            tolerate(spec, "node.kubernetes.io/unreachable");
        }
    }

    @Override
    public void validate(ObjectNode pod, @Nullable ObjectNode old, List<FieldError> errors) {
        PodSpecRules.validate(pod.path("spec"), "spec", errors);
        if (old == null) {
            if (!pod.path("spec").path(EphemeralRules.FIELD).isEmpty()) {
                errors.add(FieldError.forbidden("spec." + EphemeralRules.FIELD, "cannot be set on create"));
            }
            if (!Json.text(pod, "spec", "nodeName").isEmpty()
                    && !pod.path("spec").path("schedulingGates").isEmpty()) {
                errors.add(FieldError.forbidden(
                        "spec.nodeName", "cannot be set until all schedulingGates have been cleared"));
            }
            return;
        }
        validateUpdate(pod.path("spec"), old.path("spec"), errors);
    }

    @Override
    public Set<String> metadataWithStatus() {
        return Set.of("annotations", "finalizers", "labels");
    }

    @Override
    public @Nullable ObjectNode throughSubresource(String subresource, ObjectNode before, ObjectNode asked) {
        ObjectNode pod =
                switch (subresource) {
                    case EphemeralRules.SUBRESOURCE -> EphemeralRules.taken(before, asked);
                    case ResizeRules.SUBRESOURCE -> ResizeRules.taken(before, asked);
                    default -> null;
                };
        if (pod != null) {
            defaults(pod);
        }
        return pod;
    }

    @Override
    public void validateSubresource(ObjectNode pod, ObjectNode old, List<FieldError> errors) {
        PodSpecRules.validate(pod.path("spec"), "spec", errors);
        EphemeralRules.validateUpdate(pod.path("spec"), old.path("spec"), errors);
        ResizeRules.validateUpdate(pod.path("spec"), old.path("spec"), errors);
    }

    @Override
    public Map<String, String> selectableFields(ObjectNode pod) {
        JsonNode spec = pod.path("spec");
        JsonNode status = pod.path("status");
        return Map.of(
                "spec.nodeName", Json.text(spec, "nodeName"),
                "spec.restartPolicy", Json.text(spec, "restartPolicy"),
                "spec.schedulerName", Json.text(spec, "schedulerName"),
                "spec.serviceAccountName", Json.text(spec, "serviceAccountName"),
                "spec.hostNetwork", String.valueOf(spec.path("hostNetwork").asBoolean(false)),
                "status.phase", Json.text(status, "phase"),
                "status.podIP", Json.text(status, "podIP"),
                "status.nominatedNodeName", Json.text(status, "nominatedNodeName"));
    }

    private static void validateUpdate(JsonNode spec, JsonNode old, List<FieldError> errors) {
        if (!(spec instanceof ObjectNode now) || !(old instanceof ObjectNode before)) {
            return;
        }
        ObjectNode a = now.deepCopy();
        ObjectNode b = before.deepCopy();
        for (String list : List.of("containers", "initContainers")) {
            forgetImages(a.path(list));
            forgetImages(b.path(list));
        }
        for (ObjectNode each : List.of(a, b)) {
            each.remove(List.of("activeDeadlineSeconds", "tolerations", "schedulingGates"));
        }
        if (Json.number(b, "terminationGracePeriodSeconds", 0) < 0) {
            a.remove("terminationGracePeriodSeconds");
            b.remove("terminationGracePeriodSeconds");
        }
        boolean gated = !before.path("schedulingGates").isEmpty();
        if (gated) {
            // A gated pod may be narrowed further before it is scheduled.
            a.remove("nodeSelector");
            b.remove("nodeSelector");
        }
        if (!a.equals(b)) {
            errors.add(FieldError.forbidden("spec", UPDATE_FORBIDDEN));
        }
        Set<JsonNode> tolerations = Set.copyOf(elements(now.path("tolerations")));
        if (!tolerations.containsAll(elements(before.path("tolerations")))) {
            errors.add(FieldError.forbidden(
                    "spec.tolerations", "existing toleration can not be modified except its tolerationSeconds"));
        }
        Set<JsonNode> gates = Set.copyOf(elements(before.path("schedulingGates")));
        if (!gates.containsAll(elements(now.path("schedulingGates")))) {
            errors.add(FieldError.forbidden("spec.schedulingGates", "only deletion is allowed"));
        }
    }

    private static Set<JsonNode> elements(JsonNode array) {
        return array.valueStream().collect(java.util.stream.Collectors.toSet());
    }

    private static void forgetImages(JsonNode containers) {
        Json.objects(containers).forEach(container -> container.remove("image"));
    }

    /** DefaultTolerationSeconds: pods stay five minutes on a node that is not ready. */
    private static void tolerate(ObjectNode spec, String taint) {
        ArrayNode tolerations = Json.childArray(spec, "tolerations");
        for (JsonNode each : tolerations) {
            String key = Json.text(each, "key");
            String effect = Json.text(each, "effect");
            if ((key.equals(taint) || key.isEmpty()) && (effect.equals("NoExecute") || effect.isEmpty())) {
                return;
            }
        }
        tolerations
                .addObject()
                .put("key", taint)
                .put("operator", "Exists")
                .put("effect", "NoExecute")
                .put("tolerationSeconds", 300);
    }
}
