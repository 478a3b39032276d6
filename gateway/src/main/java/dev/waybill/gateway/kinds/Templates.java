package dev.waybill.gateway.kinds;

import static dev.waybill.gateway.kinds.DeclaredRules.rules;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Kinds with a pod template: its defaults and checks, and their own (k8s.io/kubernetes/pkg/apis/apps). Stateless. */
final class Templates {
    private Templates() {}

    static DeclaredRules replicationController() {
        return rules().filled(defaulted("spec.template"))
                .number("spec.replicas", 1)
                .filled(object -> {
                    JsonNode labels = object.path("spec")
                            .path("template")
                            .path("metadata")
                            .path("labels");
                    if (object.get("spec") instanceof ObjectNode spec && labels.isObject()) {
                        if (spec.path("selector").isEmpty()) {
                            spec.set("selector", labels.deepCopy());
                        }
                        if (object.path("metadata").path("labels").isEmpty()) {
                            Json.child(object, "metadata").set("labels", labels.deepCopy());
                        }
                    }
                })
                .status("{\"replicas\":0}")
                .required("spec.selector")
                .nonNegative("spec.replicas", "spec.minReadySeconds")
                .check(valid("spec.template", List.of("Always")));
    }

    static DeclaredRules statefulSet() {
        return rules().filled(defaulted("spec.template"))
                .number("spec.replicas", 1)
                .number("spec.revisionHistoryLimit", 10)
                .text("spec.podManagementPolicy", "OrderedReady")
                .filled(object -> strategy(object, "partition", 0))
                .filled(object -> {
                    if (object.get("spec") instanceof ObjectNode spec) {
                        Json.child(spec, "persistentVolumeClaimRetentionPolicy");
                    }
                })
                .text("spec.persistentVolumeClaimRetentionPolicy.whenDeleted", "Retain")
                .text("spec.persistentVolumeClaimRetentionPolicy.whenScaled", "Retain")
                .text("spec.volumeClaimTemplates[].apiVersion", "v1")
                .text("spec.volumeClaimTemplates[].kind", "PersistentVolumeClaim")
                .text("spec.volumeClaimTemplates[].spec.volumeMode", "Filesystem")
                .status("{\"replicas\":0,\"availableReplicas\":0}")
                .required("spec")
                .oneOf("spec.podManagementPolicy", "OrderedReady", "Parallel")
                .oneOf("spec.updateStrategy.type", "OnDelete", "RollingUpdate")
                .nonNegative("spec.replicas", "spec.minReadySeconds", "spec.revisionHistoryLimit")
                .check((object, old, errors) -> WorkloadRules.selector(object.path("spec"), "statefulset", errors))
                .check(valid("spec.template", List.of("Always")))
                .check(Templates::statefulSetUpdate);
    }

    static DeclaredRules daemonSet() {
        return rules().filled(defaulted("spec.template"))
                .number("spec.revisionHistoryLimit", 10)
                .filled(object -> strategy(object, "maxUnavailable", 1))
                .filled(object -> strategy(object, "maxSurge", 0))
                .status("{\"currentNumberScheduled\":0,\"desiredNumberScheduled\":0,\"numberMisscheduled\":0,"
                        + "\"numberReady\":0}")
                .required("spec")
                .oneOf("spec.updateStrategy.type", "OnDelete", "RollingUpdate")
                .nonNegative("spec.minReadySeconds", "spec.revisionHistoryLimit")
                .immutable("spec.selector")
                .check((object, old, errors) -> WorkloadRules.selector(object.path("spec"), "daemonset", errors))
                .check(valid("spec.template", List.of("Always")));
    }

    /** Fills in the template at a path. */
    static Consumer<ObjectNode> defaulted(String template) {
        return object -> {
            if (Paths.at(object, template + ".spec") instanceof ObjectNode spec) {
                PodSpecRules.defaults(spec);
            }
        };
    }

    /** Checks the template at a path. */
    static DeclaredRules.Check valid(String template, List<String> restartPolicies) {
        return (object, old, errors) -> {
            JsonNode pod = Paths.at(object, template);
            Syntax.labels(pod.path("metadata").path("labels"), template + ".metadata.labels", errors);
            Syntax.annotations(pod.path("metadata").path("annotations"), template + ".metadata.annotations", errors);
            PodSpecRules.validate(pod.path("spec"), template + ".spec", errors);
            Syntax.oneOf(pod.path("spec"), "restartPolicy", template + ".spec.restartPolicy", restartPolicies, errors);
        };
    }

    private static void strategy(ObjectNode object, String field, int value) {
        if (object.get("spec") instanceof ObjectNode spec) {
            ObjectNode strategy = Json.child(spec, "updateStrategy");
            Json.defaultText(strategy, "type", "RollingUpdate");
            if (Json.text(strategy, "type").equals("RollingUpdate")) {
                Json.defaultNumber(Json.child(strategy, "rollingUpdate"), field, value);
            }
        }
    }

    private static void statefulSetUpdate(ObjectNode object, @Nullable ObjectNode old, List<FieldError> errors) {
        if (old == null
                || !(object.path("spec").deepCopy() instanceof ObjectNode now)
                || !(old.path("spec").deepCopy() instanceof ObjectNode before)) {
            return;
        }
        for (ObjectNode each : List.of(now, before)) {
            each.remove(List.of(
                    "replicas",
                    "ordinals",
                    "template",
                    "updateStrategy",
                    "revisionHistoryLimit",
                    "persistentVolumeClaimRetentionPolicy",
                    "minReadySeconds"));
        }
        if (!now.equals(before)) {
            errors.add(FieldError.forbidden(
                    "spec",
                    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
                            + "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and "
                            + "'minReadySeconds' are forbidden"));
        }
    }
}
