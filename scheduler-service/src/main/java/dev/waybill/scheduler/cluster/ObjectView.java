package dev.waybill.scheduler.cluster;

import dev.waybill.runtime.TraceContext;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One object at one revision. Immutable by convention: nobody changes the tree.
 *
 * @param trace the trace of whatever changed it last
 */
public record ObjectView(
        String resource,
        String namespace,
        String name,
        String uid,
        long revision,
        long generation,
        JsonNode json,
        TraceContext trace) {

    public JsonNode spec() {
        return json.path("spec");
    }

    public JsonNode status() {
        return json.path("status");
    }

    public JsonNode metadata() {
        return json.path("metadata");
    }

    public boolean deleting() {
        return metadata().has("deletionTimestamp");
    }

    public Map<String, String> labels() {
        return texts(metadata().path("labels"));
    }

    public String annotation(String key) {
        return metadata().path("annotations").path(key).asString("");
    }

    /** UID of the owner that controls it, or null. */
    public @Nullable String controllerUid() {
        for (JsonNode owner : metadata().path("ownerReferences")) {
            if (owner.path("controller").asBoolean(false)) {
                return owner.path("uid").asString("");
            }
        }
        return null;
    }

    /** The status of a condition: True, False, Unknown, or empty when there is none. */
    public String condition(String type) {
        for (JsonNode condition : status().path("conditions")) {
            if (condition.path("type").asString("").equals(type)) {
                return condition.path("status").asString("");
            }
        }
        return "";
    }

    /** An object of strings as a map. */
    public static Map<String, String> texts(JsonNode object) {
        Map<String, String> texts = new LinkedHashMap<>();
        object.properties()
                .forEach(entry -> texts.put(entry.getKey(), entry.getValue().asString("")));
        return texts;
    }
}
