package dev.waybill.gateway.kinds.cel;

import java.util.List;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;

/**
 * How large the values of a schema can be: by its own bounds, else by what fits into a request
 * (k8s.io/apiserver/pkg/cel/common/schemas.go). Stateless.
 */
final class SchemaSizes {
    /** What a request may hold. */
    static final long REQUEST_BYTES = 3 << 20;

    /** Bytes that a rune takes at most. */
    private static final int RUNE_BYTES = 4;

    private SchemaSizes() {}

    /** Elements, entries or bytes of a value at most; 0 for what has no size. */
    static long most(JsonNode schema) {
        if (schema.path("x-kubernetes-int-or-string").asBoolean(false)) {
            return given(schema, "maxLength", RUNE_BYTES).orElse(REQUEST_BYTES - 2);
        }
        return switch (schema.path("type").asString("")) {
            case "array" ->
                given(schema, "maxItems", 1).orElseGet(() -> (REQUEST_BYTES - 2) / (least(schema.path("items")) + 1));
            case "object" -> {
                JsonNode values = schema.path("additionalProperties");
                yield values.isObject()
                        ? given(schema, "maxProperties", 1).orElseGet(() -> (REQUEST_BYTES - 2) / (least(values) + 6))
                        : 0;
            }
            case "string" -> text(schema);
            default -> 0;
        };
    }

    private static long text(JsonNode schema) {
        return switch (schema.path("format").asString("")) {
            case "duration" -> 32;
            case "date" -> 12;
            case "date-time" -> 37;
            case "byte" -> given(schema, "maxLength", 1).orElse(REQUEST_BYTES - 2);
            default -> {
                long longest = 0;
                for (JsonNode value : schema.path("enum")) {
                    longest = Math.max(longest, value.asString("").length());
                }
                yield given(schema, "maxLength", RUNE_BYTES).orElse(longest > 0 ? longest : REQUEST_BYTES - 2);
            }
        };
    }

    /** Bytes of a value's JSON at least. */
    static long least(JsonNode schema) {
        if (schema.path("x-kubernetes-int-or-string").asBoolean(false)) {
            return 1;
        }
        return switch (schema.path("type").asString("")) {
            case "boolean" -> 4;
            case "number", "integer" -> 1;
            case "string" ->
                switch (schema.path("format").asString("")) {
                    case "duration" -> 3;
                    case "date" -> 12;
                    case "date-time" -> 21;
                    default -> 2;
                };
            case "object" -> object(schema);
            default -> 2;
        };
    }

    private static long object(JsonNode schema) {
        long bytes = 2;
        for (JsonNode required : schema.path("required")) {
            JsonNode property = schema.path("properties").path(required.asString(""));
            if (property.isObject() && !property.has("default")) {
                bytes += required.asString("").length() + least(property) + 4;
            }
        }
        return bytes;
    }

    /** How often a schema can come in one request, if nothing else bounds it. */
    static long timesInRequest(JsonNode schema) {
        return REQUEST_BYTES / (least(schema) + 1);
    }

    /** The most elements that a list or map is bounded to; empty without such a bound. */
    static OptionalLong bound(JsonNode schema) {
        return given(schema, schema.path("type").asString("").equals("array") ? "maxItems" : "maxProperties", 1);
    }

    /** The schema at a path of properties, {@code @items} and {@code @values}; missing where there is none. */
    static JsonNode at(JsonNode schema, List<String> path) {
        JsonNode at = schema;
        for (String name : path) {
            at = switch (name) {
                case "@items" -> at.path("items");
                case "@values" -> at.path("additionalProperties");
                default -> property(at.path("properties"), name);
            };
        }
        return at;
    }

    private static JsonNode property(JsonNode properties, String identifier) {
        for (var property : properties.properties()) {
            if (PropertyNames.identifier(property.getKey())
                    .filter(identifier::equals)
                    .isPresent()) {
                return property.getValue();
            }
        }
        return properties.path(identifier); // missing, for a property that no expression can name
    }

    private static OptionalLong given(JsonNode schema, String bound, int each) {
        JsonNode value = schema.path(bound);
        return value.isIntegralNumber() ? OptionalLong.of(Math.max(0, value.asLong()) * each) : OptionalLong.empty();
    }
}
