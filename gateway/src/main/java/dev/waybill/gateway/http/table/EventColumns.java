package dev.waybill.gateway.http.table;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** The columns of events, in both of the groups that serve them. Pure. */
final class EventColumns {
    static final List<Column> ALL = List.of(
            new Column(
                    "Last Seen",
                    "string",
                    "",
                    0,
                    (event, now) -> JsonNodeFactory.instance.stringNode(lastSeen(event, now))),
            Column.text("Type", event -> Columns.text(event, "/type", "")),
            Column.text("Reason", event -> Columns.text(event, "/reason", "")),
            Column.text("Object", EventColumns::subject),
            Column.text("Source", event -> Columns.text(event, "/source/component", ""))
                    .wide(),
            Column.text("Message", event -> Columns.text(event, "/message", "").strip()),
            Column.age("First Seen", "/firstTimestamp").wide(),
            Column.number("Count", event -> event.path("count").asInt(1)).wide(),
            new Column(
                    "Name",
                    "string",
                    "name",
                    1,
                    (event, now) -> event.path("metadata").path("name")));

    private EventColumns() {}

    private static String lastSeen(JsonNode event, Instant now) {
        for (String pointer : List.of("/lastTimestamp", "/eventTime", "/metadata/creationTimestamp")) {
            String time = event.at(pointer).asString("");
            if (!time.isEmpty()) {
                return Ages.since(time, now);
            }
        }
        return "<unknown>";
    }

    private static String subject(JsonNode event) {
        JsonNode object = event.has("regarding") ? event.path("regarding") : event.path("involvedObject");
        return object.path("kind").asString("").toLowerCase(Locale.ROOT) + "/"
                + object.path("name").asString("");
    }
}
