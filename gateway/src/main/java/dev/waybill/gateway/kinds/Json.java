package dev.waybill.gateway.kinds;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.NumericNode;
import tools.jackson.databind.node.ObjectNode;

/** Small steps on JSON trees. Stateless, thread-safe. */
public final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Json() {}

    /** @throws tools.jackson.core.JacksonException when the text is no JSON */
    public static JsonNode parse(String text) {
        return MAPPER.readTree(text);
    }

    public static String write(JsonNode tree) {
        return MAPPER.writeValueAsString(tree);
    }

    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    public static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    /** The object in a field, made when there is none. */
    public static ObjectNode child(ObjectNode parent, String field) {
        if (parent.get(field) instanceof ObjectNode present) {
            return present;
        }
        return parent.putObject(field);
    }

    /** The array in a field, made when there is none. */
    public static ArrayNode childArray(ObjectNode parent, String field) {
        if (parent.get(field) instanceof ArrayNode present) {
            return present;
        }
        return parent.putArray(field);
    }

    /** The text at a path of fields; empty when there is none. */
    public static String text(JsonNode node, String... path) {
        JsonNode at = node;
        for (String field : path) {
            at = at.path(field);
        }
        return at.isString() ? at.stringValue() : "";
    }

    public static long number(JsonNode node, String field, long otherwise) {
        JsonNode value = node.path(field);
        return value.isIntegralNumber() && value.canConvertToLong() ? value.longValue() : otherwise;
    }

    /** A number as a parser would have made it, so that trees compare equal. */
    public static NumericNode number(long value) {
        return value == (int) value
                ? JsonNodeFactory.instance.numberNode((int) value)
                : JsonNodeFactory.instance.numberNode(value);
    }

    public static void defaultText(ObjectNode node, String field, String value) {
        if (absent(node, field)) {
            node.put(field, value);
        }
    }

    public static void defaultNumber(ObjectNode node, String field, int value) {
        if (absent(node, field)) {
            node.put(field, value);
        }
    }

    public static void defaultFlag(ObjectNode node, String field, boolean value) {
        if (absent(node, field)) {
            node.put(field, value);
        }
    }

    /** The elements of an array that are objects. */
    public static List<ObjectNode> objects(JsonNode array) {
        return array.isArray()
                ? array.valueStream()
                        .filter(ObjectNode.class::isInstance)
                        .map(ObjectNode.class::cast)
                        .toList()
                : List.of();
    }

    /** Whether a field is missing or null. */
    public static boolean absent(JsonNode node, String field) {
        JsonNode value = node.get(field);
        return value == null || value.isNull();
    }

    /** Whether two fields hold the same; missing and null are the same, and so are missing and empty. */
    public static boolean same(JsonNode a, JsonNode b) {
        return a.equals(b) || (empty(a) && empty(b));
    }

    private static boolean empty(JsonNode node) {
        return node.isMissingNode() || node.isNull() || (node.isContainer() && node.isEmpty());
    }
}
