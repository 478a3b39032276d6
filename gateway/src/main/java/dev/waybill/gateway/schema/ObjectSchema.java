package dev.waybill.gateway.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The fields of one kind. Finds fields that do not exist and values of the wrong type. Immutable, thread-safe.
 */
public final class ObjectSchema {
    private static final Map<String, ObjectSchema> KNOWN = new ConcurrentHashMap<>();
    static final int MAX_PROBLEMS = 20;

    private final FieldType root;

    private ObjectSchema(FieldType root) {
        this.root = root;
    }

    /** The schema of a kind, read at its first use. */
    public static ObjectSchema of(String group, String version, String kind) {
        return KNOWN.computeIfAbsent(
                group + "/" + version + "/" + kind,
                key -> new ObjectSchema(ModelClasses.find(group, version, kind)
                        .map(FieldType::of)
                        .orElseGet(() -> OwnKinds.find(group, version, kind))));
    }

    /** The schema of a kind that a definition brings, by its openAPIV3Schema. */
    public static ObjectSchema ofDefinition(JsonNode schema) {
        return new ObjectSchema(DefinedFields.of(schema));
    }

    FieldType root() {
        return root;
    }

    /** What is wrong with an object's fields, the first ones. */
    public List<FieldProblem> check(ObjectNode object) {
        return check(object, false);
    }

    /** The same for a merge patch: nulls delete, and strategic merge's directives pass. */
    public List<FieldProblem> checkPatch(ObjectNode patch) {
        return check(patch, true);
    }

    private List<FieldProblem> check(ObjectNode object, boolean patch) {
        List<FieldProblem> problems = new ArrayList<>();
        check(root, object, "", "", patch, problems);
        return problems;
    }

    /** Takes out the fields that the kind does not have, in place; a patch keeps strategic merge's directives. */
    public void prune(ObjectNode object, boolean patch) {
        prune(root, object, patch);
    }

    private static void prune(FieldType type, JsonNode value, boolean patch) {
        switch (type) {
            case FieldType.ListOf list -> value.forEach(element -> prune(list.element(), element, patch));
            case FieldType.MapOf map -> value.forEach(element -> prune(map.element(), element, patch));
            case FieldType.Struct struct -> {
                if (value instanceof ObjectNode object) {
                    for (String name : List.copyOf(object.propertyNames())) {
                        FieldType field = struct.field(name);
                        if (field != null) {
                            prune(field, object.path(name), patch);
                        } else if (!patch || !name.startsWith("$")) {
                            object.remove(name);
                        }
                    }
                }
            }
            case FieldType.Any any -> {}
            case FieldType.Scalar scalar -> {}
        }
    }

    private static void check(
            FieldType type, JsonNode value, String path, String struct, boolean patch, List<FieldProblem> problems) {
        if (value.isNull() || problems.size() >= MAX_PROBLEMS) {
            return;
        }
        switch (type) {
            case FieldType.Any any -> {}
            case FieldType.Scalar scalar -> {
                if (!scalar.accepts(value)) {
                    problems.add(mismatch(value, path, struct, scalar.goName()));
                }
            }
            case FieldType.ListOf list -> {
                if (!value.isArray()) {
                    problems.add(
                            mismatch(value, path, struct, "[]" + list.element().goName()));
                    return;
                }
                for (int i = 0; i < value.size(); i++) {
                    check(list.element(), value.get(i), path + "[" + i + "]", struct, patch, problems);
                }
            }
            case FieldType.MapOf map -> {
                if (!value.isObject()) {
                    problems.add(mismatch(
                            value, path, struct, "map[string]" + map.element().goName()));
                    return;
                }
                value.properties()
                        .forEach(entry -> check(
                                map.element(), entry.getValue(), path + "." + entry.getKey(), struct, patch, problems));
            }
            case FieldType.Struct fields -> struct(fields, value, path, struct, patch, problems);
        }
    }

    private static void struct(
            FieldType.Struct type,
            JsonNode value,
            String path,
            String struct,
            boolean patch,
            List<FieldProblem> problems) {
        if (!value.isObject()) {
            problems.add(mismatch(value, path, struct, type.goName()));
            return;
        }
        for (Map.Entry<String, JsonNode> entry : value.properties()) {
            String name = entry.getKey();
            if (patch && name.startsWith("$")) {
                continue;
            }
            String field = path.isEmpty() ? name : path + "." + name;
            FieldType fieldType = type.field(name);
            if (fieldType == null) {
                problems.add(FieldProblem.unknown(field));
            } else {
                check(fieldType, entry.getValue(), field, type.name(), patch, problems);
            }
        }
    }

    private static FieldProblem mismatch(JsonNode value, String path, String struct, String wanted) {
        String got =
                switch (value.getNodeType()) {
                    case STRING -> "string";
                    case NUMBER -> "number" + (wanted.startsWith("int") ? " " + value : "");
                    case BOOLEAN -> "bool";
                    case ARRAY -> "array";
                    default -> "object";
                };
        return new FieldProblem(
                false,
                path,
                "json: cannot unmarshal " + got + " into Go struct field " + struct + "." + path + " of type "
                        + wanted);
    }
}
