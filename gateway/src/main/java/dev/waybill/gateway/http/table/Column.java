package dev.waybill.gateway.http.table;

import java.time.Instant;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * One column of a table.
 *
 * @param priority 0 is always shown, 1 only by {@code -o wide}
 */
record Column(String name, String type, String format, int priority, Cell cell) {

    /** What an object shows in a column. */
    @FunctionalInterface
    interface Cell {
        JsonNode of(JsonNode object, Instant now);
    }

    static Column text(String name, java.util.function.Function<JsonNode, String> cell) {
        return new Column(name, "string", "", 0, (object, now) -> string(cell.apply(object)));
    }

    static Column number(String name, java.util.function.ToIntFunction<JsonNode> cell) {
        return new Column(
                name, "integer", "", 0, (object, now) -> JsonNodeFactory.instance.numberNode(cell.applyAsInt(object)));
    }

    /** How long ago the time at a JSON pointer was. */
    static Column age(String name, String pointer) {
        return new Column(
                name,
                "string",
                "",
                0,
                (object, now) -> string(Ages.since(object.at(pointer).asString(""), now)));
    }

    Column wide() {
        return new Column(name, type, format, 1, cell);
    }

    private static JsonNode string(String text) {
        return JsonNodeFactory.instance.stringNode(text);
    }
}
