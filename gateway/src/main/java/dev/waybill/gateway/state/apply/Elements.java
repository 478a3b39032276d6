package dev.waybill.gateway.state.apply;

import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.MergeShape;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The parts of a value that merge on their own, by their path element. Stateless. */
final class Elements {
    private Elements() {}

    /**
     * The fields of an object or the elements of a list; null when the value is one whole: plain, atomic, or a list
     * whose elements cannot be told apart.
     */
    static @Nullable Map<String, JsonNode> of(JsonNode value, MergeShape shape) {
        Map<String, JsonNode> parts = new LinkedHashMap<>();
        if (value instanceof ObjectNode object) {
            if (shape.atomic()) {
                return null;
            }
            object.properties().forEach(field -> parts.put("f:" + field.getKey(), field.getValue()));
            return parts;
        }
        if (!(value instanceof ArrayNode list) || shape.listType() == MergeShape.ListType.ATOMIC) {
            return null;
        }
        for (JsonNode element : list) {
            String name = shape.listType() == MergeShape.ListType.SET ? valueName(element) : key(element, shape);
            if (name == null || parts.put(name, element) != null) {
                return null;
            }
        }
        return parts;
    }

    /** The shape of a part. */
    static MergeShape shape(MergeShape whole, String element) {
        return element.startsWith("f:") ? whole.field(element.substring(2)) : ElementShape.of(whole);
    }

    private static @Nullable String valueName(JsonNode element) {
        return element.isContainer() ? null : "v:" + Json.write(element);
    }

    private static @Nullable String key(JsonNode element, MergeShape shape) {
        ObjectNode key = Json.object();
        for (String field : shape.keys()) {
            JsonNode value = element.path(field);
            if (value.isMissingNode() || value.isNull()) {
                value = shape.keyDefault(field);
            }
            if (value == null || value.isContainer() || !element.isObject()) {
                return null;
            }
            key.set(field, value);
        }
        return "k:" + Json.write(key);
    }

    /** An element of a list of type MAP: an object whose fields merge on their own. */
    private record ElementShape(MergeShape list) implements MergeShape {
        static MergeShape of(MergeShape list) {
            return new ElementShape(list);
        }

        @Override
        public boolean atomic() {
            return false;
        }

        @Override
        public ListType listType() {
            return ListType.ATOMIC;
        }

        @Override
        public java.util.List<String> keys() {
            return java.util.List.of();
        }

        @Override
        public @Nullable JsonNode keyDefault(String key) {
            return null;
        }

        @Override
        public MergeShape field(String name) {
            return list.field(name);
        }
    }
}
