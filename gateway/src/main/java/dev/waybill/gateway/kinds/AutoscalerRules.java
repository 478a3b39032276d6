package dev.waybill.gateway.kinds;

import tools.jackson.databind.node.ObjectNode;

/** HorizontalPodAutoscalers as autoscaling/v2 has them. Stateless. */
final class AutoscalerRules {
    private AutoscalerRules() {}

    static DeclaredRules rules() {
        return DeclaredRules.rules()
                .number("spec.minReplicas", 1)
                .filled(object -> {
                    if (object.get("spec") instanceof ObjectNode spec
                            && spec.path("metrics").isEmpty()) {
                        cpu(spec, 80);
                    }
                })
                .status("{\"currentMetrics\":null,\"desiredReplicas\":0}")
                .required("spec", "spec.scaleTargetRef.kind", "spec.scaleTargetRef.name")
                .nonNegative("spec.minReplicas")
                .check((object, old, errors) -> {
                    long max = Json.number(object.path("spec"), "maxReplicas", 0);
                    long min = Json.number(object.path("spec"), "minReplicas", 1);
                    if (max < 1) {
                        errors.add(
                                FieldError.invalid("spec.maxReplicas", String.valueOf(max), "must be greater than 0"));
                    } else if (max < min) {
                        errors.add(FieldError.invalid(
                                "spec.maxReplicas",
                                String.valueOf(max),
                                "must be greater than or equal to `minReplicas`"));
                    }
                })
                .oneOf("spec.metrics[].type", "ContainerResource", "External", "Object", "Pods", "Resource");
    }

    static void cpu(ObjectNode spec, int utilization) {
        ObjectNode resource = Json.childArray(spec, "metrics")
                .addObject()
                .put("type", "Resource")
                .putObject("resource")
                .put("name", "cpu");
        resource.putObject("target").put("type", "Utilization").put("averageUtilization", utilization);
    }
}
