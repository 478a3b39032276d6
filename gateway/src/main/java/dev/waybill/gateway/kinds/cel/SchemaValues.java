package dev.waybill.gateway.kinds.cel;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Values of objects as CEL computes with them. Stateless. */
final class SchemaValues {
    private static final Pattern DURATION_PART = Pattern.compile("(\\d+(?:\\.\\d+)?)(h|ms|us|ns|m|s)");
    private static final Map<String, Double> NANOS =
            Map.of("h", 3.6e12, "m", 6e10, "s", 1e9, "ms", 1e6, "us", 1e3, "ns", 1.0);

    private SchemaValues() {}

    /** A value that fits its schema. */
    static Object of(JsonNode value, JsonNode schema, boolean root) {
        return switch (value.getNodeType()) {
            case OBJECT -> object(value, schema, root);
            case ARRAY -> {
                List<Object> list = new ArrayList<>(value.size());
                value.forEach(element -> list.add(of(element, schema.path("items"), false)));
                yield list;
            }
            case STRING -> text(value.stringValue(), schema.path("format").asString(""));
            case BOOLEAN -> value.booleanValue();
            case NUMBER ->
                value.isIntegralNumber() && !schema.path("type").asString("").equals("number")
                        ? (Object) value.asLong(0)
                        : (Object) value.asDouble(0);
            default -> dev.cel.common.values.NullValue.NULL_VALUE;
        };
    }

    private static Map<String, Object> object(JsonNode value, JsonNode schema, boolean root) {
        Map<String, Object> map = new HashMap<>();
        boolean free = schema.path("properties").isEmpty();
        value.properties().forEach(field -> {
            JsonNode inner = field(schema, field.getKey());
            boolean gone = field.getValue().isNull() && !inner.path("nullable").asBoolean(false) && !free;
            if (!gone) {
                String name = free
                        ? field.getKey()
                        : PropertyNames.identifier(field.getKey()).orElse(field.getKey());
                map.put(name, of(field.getValue(), inner, false));
            }
        });
        if (root && value.path("metadata").isObject()) {
            Map<String, Object> metadata = new HashMap<>();
            for (String name : List.of("name", "generateName")) {
                if (value.path("metadata").has(name)) {
                    metadata.put(name, value.path("metadata").path(name).asString(""));
                }
            }
            map.put("metadata", metadata);
        }
        return map;
    }

    static JsonNode field(JsonNode schema, String name) {
        JsonNode named = schema.path("properties").path(name);
        return named.isMissingNode() ? schema.path("additionalProperties") : named;
    }

    private static Object text(String text, String format) {
        Object time =
                switch (format) {
                    case "date-time" -> time(text);
                    case "duration" -> duration(text);
                    default -> null;
                };
        return time == null ? text : time;
    }

    private static @Nullable Object time(String text) {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** As Go writes durations, such as 1h30m. */
    private static @Nullable Object duration(String text) {
        Matcher part = DURATION_PART.matcher(text);
        double nanos = 0;
        int end = 0;
        while (part.find() && part.start() == end) {
            nanos += Double.parseDouble(part.group(1)) * NANOS.getOrDefault(part.group(2), 0.0);
            end = part.end();
        }
        return end == text.length() && end > 0 ? Duration.ofNanos((long) nanos) : null;
    }
}
