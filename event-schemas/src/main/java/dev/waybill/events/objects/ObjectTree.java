package dev.waybill.events.objects;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads of an object's text what a service looks at, and passes over the rest, which is often most of it. Immutable.
 */
public final class ObjectTree {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final ObjectTree WHOLE = new ObjectTree();

    /** What is different below a field; a field that maps to null is left out. */
    private final Map<String, @Nullable ObjectTree> below = new HashMap<>();

    private ObjectTree() {}

    /**
     * A reader of objects without some of their fields.
     *
     * @param paths of fields, such as metadata.managedFields; arrays on the way stand for each of their elements
     */
    public static ObjectTree without(Collection<String> paths) {
        ObjectTree tree = new ObjectTree();
        for (String path : paths) {
            ObjectTree at = tree;
            String[] names = path.split("\\.", -1);
            for (int i = 0; i < names.length - 1; i++) {
                at = Objects.requireNonNull(at.below.computeIfAbsent(names[i], name -> new ObjectTree()), path);
            }
            at.below.put(names[names.length - 1], null);
        }
        return tree;
    }

    /** The object of a text, to be changed by whoever asks. */
    public ObjectNode read(String text) {
        try (JsonParser parser = JsonMapper.shared().createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("not an object: " + text.substring(0, Math.min(40, text.length())));
            }
            return object(parser);
        }
    }

    private ObjectNode object(JsonParser parser) {
        ObjectNode object = NODES.objectNode();
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            JsonToken token = parser.nextToken();
            ObjectTree inside = below.getOrDefault(name, WHOLE);
            if (inside == null) {
                parser.skipChildren();
            } else {
                object.set(name, inside.value(parser, token));
            }
        }
        return object;
    }

    private ArrayNode array(JsonParser parser) {
        ArrayNode array = NODES.arrayNode();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            array.add(value(parser, token));
        }
        return array;
    }

    private JsonNode value(JsonParser parser, JsonToken token) {
        return switch (token) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> array(parser);
            case VALUE_STRING -> NODES.stringNode(parser.getString());
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            case VALUE_NUMBER_INT -> integer(parser);
            case VALUE_NUMBER_FLOAT -> NODES.numberNode(parser.getDoubleValue());
            default -> NODES.nullNode();
        };
    }

    private static JsonNode integer(JsonParser parser) {
        return switch (parser.getNumberType()) {
            case INT -> NODES.numberNode(parser.getIntValue());
            case LONG -> NODES.numberNode(parser.getLongValue());
            default -> NODES.numberNode(parser.getBigIntegerValue());
        };
    }
}
