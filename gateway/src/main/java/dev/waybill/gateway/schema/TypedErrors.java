package dev.waybill.gateway.schema;

import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.MergeShape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * What is wrong with an object that is applied, in the words of structured-merge-diff (its package typed), which names
 * elements of a list by their keys. Stateless.
 */
public final class TypedErrors {
    private final List<String> errors = new ArrayList<>();

    private TypedErrors() {}

    /** Each error with its path, such as {@code .spec.containers[name="c"].odd: field not declared in schema}. */
    public static List<String> of(ObjectSchema schema, ObjectNode applied, MergeShape shape) {
        TypedErrors found = new TypedErrors();
        found.check(schema.root(), applied, shape, "");
        return found.errors;
    }

    private void add(String path, String message) {
        if (errors.size() < ObjectSchema.MAX_PROBLEMS) {
            errors.add(path.isEmpty() ? message : path + ": " + message);
        }
    }

    private void check(FieldType type, JsonNode value, MergeShape shape, String path) {
        if (value.isNull()) {
            return;
        }
        switch (type) {
            case FieldType.Any any -> {}
            case FieldType.Scalar scalar -> scalar(scalar, value, path);
            case FieldType.ListOf list -> {
                if (value.isArray()) {
                    elements(list, value, shape, path);
                } else {
                    add(path, "expected list, got &{" + shown(value) + "}");
                }
            }
            case FieldType.MapOf map -> {
                if (isMap(value, path)) {
                    value.properties()
                            .forEach(field -> check(
                                    map.element(),
                                    field.getValue(),
                                    shape.field(field.getKey()),
                                    path + "." + field.getKey()));
                }
            }
            case FieldType.Struct struct -> {
                if (isMap(value, path)) {
                    fields(struct, value, shape, path);
                }
            }
        }
    }

    private void fields(FieldType.Struct struct, JsonNode value, MergeShape shape, String path) {
        for (Map.Entry<String, JsonNode> field : value.properties()) {
            FieldType type = struct.field(field.getKey());
            String at = path + "." + field.getKey();
            if (type == null) {
                add(at, "field not declared in schema");
            } else {
                check(type, field.getValue(), shape.field(field.getKey()), at);
            }
        }
    }

    private void elements(FieldType.ListOf type, JsonNode list, MergeShape shape, String path) {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < list.size(); i++) {
            JsonNode element = list.get(i);
            String name = "[" + i + "]";
            if (shape.listType() != MergeShape.ListType.ATOMIC) {
                String problem = shape.listType() == MergeShape.ListType.SET
                        ? problemInSet(element)
                        : problemWithKeys(element, shape);
                if (!problem.isEmpty()) {
                    add(path, "element " + i + ": " + problem);
                    return; // nothing below it could be named
                }
                name = shape.listType() == MergeShape.ListType.SET ? "[=" + element + "]" : key(element, shape);
                if (!seen.add(name)) {
                    add(path, "duplicate entries for key " + name);
                }
            }
            check(type.element(), element, shape, path + name);
        }
    }

    private static String problemInSet(JsonNode element) {
        if (element.isNull()) {
            return "associative list without keys has an element that's an explicit null";
        }
        return element.isContainer()
                ? "associative list without keys has an element that's a " + (element.isArray() ? "list" : "map")
                        + " type"
                : "";
    }

    private static String problemWithKeys(JsonNode element, MergeShape shape) {
        if (element.isNull()) {
            return "associative list with keys may not have a null element";
        }
        if (!element.isObject()) {
            return "associative list with keys may not have non-map elements";
        }
        return shape.keys().stream()
                .filter(key -> value(element, key, shape).isMissingNode())
                .findFirst()
                .map(key -> "associative list with keys has an element that omits key field \"" + key
                        + "\" (and doesn't have default value)")
                .orElse("");
    }

    private static String key(JsonNode element, MergeShape shape) {
        return shape.keys().stream()
                .map(key -> key + "=" + value(element, key, shape))
                .collect(Collectors.joining(",", "[", "]"));
    }

    private static JsonNode value(JsonNode element, String key, MergeShape shape) {
        JsonNode value = element.get(key);
        JsonNode standard = value == null ? shape.keyDefault(key) : value;
        return standard == null ? MissingNode.getInstance() : standard;
    }

    private boolean isMap(JsonNode value, String path) {
        if (!value.isObject()) {
            add(path, "expected map, got &{" + shown(value) + "}");
        }
        return value.isObject();
    }

    private void scalar(FieldType.Scalar scalar, JsonNode value, String path) {
        switch (scalar.kind()) {
            case STRING -> {
                if (!value.isString()) {
                    add(path, "expected string, got &value.valueUnstructured{Value:" + literal(value) + "}");
                }
            }
            case INTEGER, NUMBER -> {
                if (!value.isNumber()) {
                    add(path, "expected numeric (int or float), got " + goType(value));
                }
            }
            case BOOLEAN -> {
                if (!value.isBoolean()) {
                    add(path, "expected boolean, got &{" + shown(value) + "}");
                }
            }
            case STRING_OR_NUMBER -> {
                if (value.isContainer()) {
                    add(path, "expected any scalar, got &{" + shown(value) + "}");
                }
            }
        }
    }

    private static String goType(JsonNode value) {
        return switch (value.getNodeType()) {
            case ARRAY -> "[]interface {}";
            case OBJECT -> "map[string]interface {}";
            case BOOLEAN -> "bool";
            case NUMBER -> value.isIntegralNumber() ? "int64" : "float64";
            default -> value.getNodeType().name().toLowerCase(Locale.ROOT);
        };
    }

    /** As Go prints a value with {@code %v}. */
    private static String shown(JsonNode value) {
        if (value instanceof ObjectNode object) {
            return object.properties().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .map(field -> field.getKey() + ":" + shown(field.getValue()))
                    .collect(Collectors.joining(" ", "map[", "]"));
        }
        if (value.isArray()) {
            return value.valueStream().map(TypedErrors::shown).collect(Collectors.joining(" ", "[", "]"));
        }
        return value.isNull() ? "<nil>" : value.asString("");
    }

    /** As Go prints it with {@code %#v}. */
    private static String literal(JsonNode value) {
        if (value instanceof ObjectNode object) {
            return object.properties().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .map(field -> Json.write(StringNode.valueOf(field.getKey())) + ":" + literal(field.getValue()))
                    .collect(Collectors.joining(", ", goType(value) + "{", "}"));
        }
        if (value.isArray()) {
            return value.valueStream()
                    .map(TypedErrors::literal)
                    .collect(Collectors.joining(", ", goType(value) + "{", "}"));
        }
        return value.isNull() ? "interface {}(nil)" : Json.write(value);
    }
}
