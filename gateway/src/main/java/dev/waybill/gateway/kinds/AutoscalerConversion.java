package dev.waybill.gateway.kinds;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Between autoscaling/v1, which knows only the use of CPU, and v2; what v1 cannot say is kept as an annotation. */
final class AutoscalerConversion implements Conversion {
    private static final String METRICS = "autoscaling.alpha.kubernetes.io/metrics";
    private static final String TARGET = "targetCPUUtilizationPercentage";

    @Override
    public void toStorage(ObjectNode object) {
        if (!(object.get("spec") instanceof ObjectNode spec)) {
            return;
        }
        JsonNode kept = object.path("metadata").get("annotations") instanceof ObjectNode annotations
                ? annotations.remove(METRICS)
                : null;
        if (kept != null && parsed(kept.asString("")) instanceof ArrayNode metrics) {
            spec.set("metrics", metrics);
        }
        JsonNode target = spec.remove(TARGET);
        if (target != null && target.isIntegralNumber()) {
            AutoscalerRules.cpu(spec, target.asInt());
        }
    }

    private static JsonNode parsed(String text) {
        try {
            return Json.parse(text);
        } catch (JacksonException e) {
            return Json.array();
        }
    }

    @Override
    public void fromStorage(ObjectNode object) {
        if (!(object.get("spec") instanceof ObjectNode spec)) {
            return;
        }
        ArrayNode others = Json.array();
        if (spec.remove("metrics") instanceof ArrayNode metrics) {
            for (JsonNode metric : metrics) {
                JsonNode use = metric.path("resource").path("target").path("averageUtilization");
                boolean cpu = Json.text(metric, "resource", "name").equals("cpu") && use.isIntegralNumber();
                if (cpu && !spec.has(TARGET)) {
                    spec.set(TARGET, use);
                } else {
                    others.add(metric);
                }
            }
        }
        if (!others.isEmpty()) {
            Json.child(Json.child(object, "metadata"), "annotations").put(METRICS, Json.write(others));
        }
    }
}
