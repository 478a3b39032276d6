package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Conditions in the status of an object. Stateless. */
final class Conditions {
    private Conditions() {}

    static @Nullable ObjectNode find(JsonNode object, String type) {
        for (ObjectNode condition : Json.objects(object.path("status").path("conditions"))) {
            if (Json.text(condition, "type").equals(type)) {
                return condition;
            }
        }
        return null;
    }

    /** Sets a condition in place; its transition time only moves with its status. */
    static void set(ObjectNode object, String type, String status, String reason, String message, String now) {
        ObjectNode condition = find(object, type);
        if (condition == null) {
            condition =
                    Json.childArray(Json.child(object, "status"), "conditions").addObject();
            condition.put("type", type);
            if (Json.text(object, "kind").equals("Pod")) {
                condition.putNull("lastProbeTime"); // which no other kind's conditions have
            }
        }
        if (!Json.text(condition, "status").equals(status)) {
            condition.put("status", status);
            condition.put("lastTransitionTime", now);
        }
        put(condition, "reason", reason);
        put(condition, "message", message);
    }

    static void remove(ObjectNode object, String type) {
        ObjectNode condition = find(object, type);
        if (condition != null && object.path("status").get("conditions") instanceof ArrayNode conditions) {
            for (int i = conditions.size() - 1; i >= 0; i--) {
                if (conditions.get(i).equals(condition)) {
                    conditions.remove(i);
                }
            }
        }
    }

    private static void put(ObjectNode condition, String field, String value) {
        if (value.isEmpty()) {
            condition.remove(field);
        } else {
            condition.put(field, value);
        }
    }
}
