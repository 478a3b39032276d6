package dev.waybill.gateway.kinds.structural;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.waybill.gateway.kinds.FieldError;
import dev.waybill.gateway.kinds.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Checks values against a structural schema, in Kubernetes' words. Stateless. */
public final class SchemaValidation {
    private static final int MAX_ERRORS = 50;

    private SchemaValidation() {}

    /** Adds what is wrong with a value. */
    public static void check(JsonNode value, JsonNode schema, String path, List<FieldError> errors) {
        if (errors.size() >= MAX_ERRORS || (value.isNull() && SchemaFields.flag(schema, "nullable"))) {
            return;
        }
        boolean either = SchemaFields.flag(schema, "x-kubernetes-int-or-string");
        String type = either ? "integer,string" : schema.path("type").asString("");
        if (either ? !value.isIntegralNumber() && !value.isString() : !is(value, type)) {
            String shown = kind(value);
            errors.add(FieldError.invalid(
                    path, "\"" + shown + "\"", path + " in body must be of type " + type + ": \"" + shown + "\""));
            return;
        }
        enumerated(value, schema, path, errors);
        switch (value.getNodeType()) {
            case OBJECT -> object(value, schema, path, errors);
            case ARRAY -> array(value, schema, path, errors);
            case STRING -> text(value.stringValue(), schema, path, errors);
            case NUMBER -> number(value, schema, path, errors);
            default -> {}
        }
        combined(value, schema, path, errors);
    }

    private static boolean is(JsonNode value, String type) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isString();
            case "boolean" -> value.isBoolean();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            default -> true;
        };
    }

    private static String kind(JsonNode value) {
        return switch (value.getNodeType()) {
            case NUMBER -> value.isIntegralNumber() ? "integer" : "number";
            default -> value.getNodeType().name().toLowerCase(java.util.Locale.ROOT);
        };
    }

    private static void object(JsonNode value, JsonNode schema, String path, List<FieldError> errors) {
        for (JsonNode required : schema.path("required")) {
            String name = required.asString("");
            if (!value.has(name)) {
                errors.add(FieldError.required(at(path, name), ""));
            }
        }
        int size = value.size();
        bounds(size, schema, "Properties", "properties", path, errors);
        for (Map.Entry<String, JsonNode> field : value.properties()) {
            JsonNode inner = SchemaFields.of(schema, field.getKey());
            boolean gone = field.getValue().isNull() && inner != null && !SchemaFields.flag(inner, "nullable");
            if (inner != null && !gone) {
                check(field.getValue(), inner, at(path, field.getKey()), errors);
            }
        }
    }

    private static void array(JsonNode value, JsonNode schema, String path, List<FieldError> errors) {
        bounds(value.size(), schema, "Items", "items", path, errors);
        StructuralShape shape = new StructuralShape(schema, false);
        Set<JsonNode> seen = new HashSet<>();
        int index = 0;
        for (JsonNode element : value) {
            String here = path + "[" + index++ + "]";
            check(element, schema.path("items"), here, errors);
            switch (shape.listType()) {
                case SET -> {
                    if (!seen.add(element)) {
                        errors.add(FieldError.duplicate(here, element.asString(element.toString())));
                    }
                }
                case MAP -> {
                    var key = Json.object();
                    shape.keys().forEach(name -> key.set(name, element.path(name)));
                    if (!seen.add(key)) {
                        errors.add(new FieldError("FieldValueDuplicate", here, "Duplicate value: " + key));
                    }
                }
                case ATOMIC -> {}
            }
        }
    }

    private static void bounds(
            int size, JsonNode schema, String suffix, String what, String path, List<FieldError> errors) {
        JsonNode max = schema.path("max" + suffix);
        JsonNode min = schema.path("min" + suffix);
        if (max.isNumber() && size > max.asInt(0)) {
            errors.add(new FieldError(
                    "FieldValueTooMany",
                    path,
                    "Too many: " + size + ": must have at most " + max.asInt(0) + " " + what));
        }
        if (min.isNumber() && size < min.asInt(0)) {
            errors.add(FieldError.invalid(
                    path, String.valueOf(size), path + " in body should have at least " + min.asInt(0) + " " + what));
        }
    }

    private static void text(String value, JsonNode schema, String path, List<FieldError> errors) {
        int length = value.codePointCount(0, value.length());
        JsonNode max = schema.path("maxLength");
        JsonNode min = schema.path("minLength");
        String shown = "\"" + value + "\"";
        if (max.isNumber() && length > max.asInt(0)) {
            errors.add(new FieldError(
                    "FieldValueTooLong", path, "Too long: may not be more than " + max.asInt(0) + " bytes"));
        }
        if (min.isNumber() && length < min.asInt(0)) {
            errors.add(FieldError.invalid(
                    path, shown, path + " in body should be at least " + min.asInt(0) + " chars long"));
        }
        String pattern = schema.path("pattern").asString("");
        if (!pattern.isEmpty() && !matches(pattern, value)) {
            errors.add(FieldError.invalid(path, shown, path + " in body should match '" + pattern + "'"));
        }
        if (schema.path("format").asString("").equals("date-time") && !isTime(value)) {
            errors.add(FieldError.invalid(path, shown, path + " in body must be of type date-time: " + shown));
        }
    }

    private static boolean matches(String pattern, String value) {
        try {
            return Pattern.compile(pattern).matcher(value).find();
        } catch (PatternSyntaxException e) {
            return false;
        }
    }

    private static boolean isTime(String value) {
        try {
            return java.time.OffsetDateTime.parse(value).getYear() > 0;
        } catch (java.time.DateTimeException e) {
            return false;
        }
    }

    private static void number(JsonNode value, JsonNode schema, String path, List<FieldError> errors) {
        double number = value.asDouble(0);
        JsonNode max = schema.path("maximum");
        JsonNode min = schema.path("minimum");
        boolean below = SchemaFields.flag(schema, "exclusiveMaximum");
        boolean above = SchemaFields.flag(schema, "exclusiveMinimum");
        if (max.isNumber() && (below ? number >= max.asDouble(0) : number > max.asDouble(0))) {
            errors.add(FieldError.invalid(
                    path,
                    value.toString(),
                    path + " in body should be less than " + (below ? "" : "or equal to ") + max));
        }
        if (min.isNumber() && (above ? number <= min.asDouble(0) : number < min.asDouble(0))) {
            errors.add(FieldError.invalid(
                    path,
                    value.toString(),
                    path + " in body should be greater than " + (above ? "" : "or equal to ") + min));
        }
        JsonNode step = schema.path("multipleOf");
        if (step.isNumber() && step.asDouble(0) != 0 && number % step.asDouble(1) != 0) {
            errors.add(FieldError.invalid(path, value.toString(), path + " in body should be a multiple of " + step));
        }
    }

    private static void enumerated(JsonNode value, JsonNode schema, String path, List<FieldError> errors) {
        JsonNode allowed = schema.path("enum");
        if (!allowed.isEmpty() && allowed.valueStream().noneMatch(value::equals)) {
            List<String> names = allowed.valueStream()
                    .map(each -> each.asString(each.toString()))
                    .toList();
            errors.add(FieldError.notSupported(path, value.asString(value.toString()), names));
        }
    }

    private static void combined(JsonNode value, JsonNode schema, String path, List<FieldError> errors) {
        for (JsonNode each : schema.path("allOf")) {
            check(value, each, path, errors);
        }
        boolean either = SchemaFields.flag(schema, "x-kubernetes-int-or-string");
        if (!either && !schema.path("anyOf").isEmpty() && fitting(value, schema.path("anyOf"), path) == 0) {
            errors.add(FieldError.invalid(path, "", path + " in body must validate at least one schema (anyOf)"));
        }
        if (!schema.path("oneOf").isEmpty() && fitting(value, schema.path("oneOf"), path) != 1) {
            errors.add(FieldError.invalid(path, "", path + " in body must validate one and only one schema (oneOf)"));
        }
        if (schema.path("not").isObject() && fits(value, schema.path("not"), path)) {
            errors.add(FieldError.invalid(path, "", path + " in body must not validate the schema (not)"));
        }
    }

    private static long fitting(JsonNode value, JsonNode schemas, String path) {
        return schemas.valueStream().filter(each -> fits(value, each, path)).count();
    }

    private static boolean fits(JsonNode value, JsonNode schema, String path) {
        List<FieldError> errors = new ArrayList<>();
        check(value, schema, path, errors);
        return errors.isEmpty();
    }

    private static String at(String path, String field) {
        return path.isEmpty() ? field : path + "." + field;
    }
}
