package dev.waybill.gateway.kinds;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Between events.k8s.io and the core group: the same Events under other names. */
final class EventConversion implements Conversion {
    private static final Map<String, String> CORE_BY_NEW = Map.of(
            "regarding", "involvedObject",
            "note", "message",
            "reportingController", "reportingComponent",
            "deprecatedCount", "count",
            "deprecatedFirstTimestamp", "firstTimestamp",
            "deprecatedLastTimestamp", "lastTimestamp",
            "deprecatedSource", "source");

    @Override
    public String selectable(String field) {
        return field.equals("reportingController")
                ? "reportingComponent"
                : field.startsWith("regarding.") ? "involvedObject." + field.substring("regarding.".length()) : field;
    }

    @Override
    public void toStorage(ObjectNode event) {
        CORE_BY_NEW.forEach((name, core) -> rename(event, name, core));
        if (event.path("eventTime").isNull()) {
            event.remove("eventTime");
        }
    }

    @Override
    public void fromStorage(ObjectNode event) {
        CORE_BY_NEW.forEach((name, core) -> rename(event, core, name));
        if (!event.has("eventTime")) {
            event.putNull("eventTime"); // which is required, though it may be nothing
        }
    }

    private static void rename(ObjectNode event, String from, String to) {
        JsonNode value = event.remove(from);
        if (value != null) {
            event.set(to, value);
        }
    }
}
