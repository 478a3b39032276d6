package dev.waybill.gateway.schema;

import dev.waybill.gateway.kinds.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Schemas in the words of OpenAPI 3, one per structure, referring to each other. Stateless. */
public final class SchemaDocument {
    private static final String STRUCT = "dev.waybill.model.";

    private SchemaDocument() {}

    /** Adds a kind under a name, and every structure that it refers to; gives the kind's schema. */
    public static ObjectNode add(ObjectNode schemas, String name, String group, String version, String kind) {
        return switch (ObjectSchema.of(group, version, kind).root()) {
            case FieldType.Struct struct -> define(schemas, name, struct);
            case FieldType any ->
                schemas.putObject(name).put("type", "object").put("x-kubernetes-preserve-unknown-fields", true);
        };
    }

    /** Adds a kind whose definition brings its schema. */
    public static ObjectNode custom(ObjectNode schemas, String name, @Nullable JsonNode openApi) {
        ObjectNode schema = openApi instanceof ObjectNode known
                ? known.deepCopy()
                : Json.object().put("type", "object");
        ObjectNode properties = Json.child(schema, "properties");
        ModelClasses.find("meta", "v1", "ObjectMeta")
                .ifPresent(model -> properties.set("metadata", schema(schemas, FieldType.of(model))));
        properties.putObject("apiVersion").put("type", "string");
        properties.putObject("kind").put("type", "string");
        schemas.set(name, schema);
        return schema;
    }

    private static ObjectNode define(ObjectNode schemas, String name, FieldType.Struct struct) {
        ObjectNode schema = schemas.putObject(name).put("type", "object");
        ObjectNode properties = schema.putObject("properties");
        struct.fields().entrySet().stream()
                .sorted(java.util.Map.Entry.comparingByKey())
                .forEach(field -> properties.set(field.getKey(), schema(schemas, field.getValue())));
        return schema;
    }

    private static ObjectNode schema(ObjectNode schemas, FieldType type) {
        ObjectNode schema = Json.object();
        return switch (type) {
            case FieldType.Any any -> schema.put("type", "object");
            case FieldType.Scalar scalar -> scalar(schema, scalar);
            case FieldType.ListOf list -> {
                schema.put("type", "array").set("items", schema(schemas, list.element()));
                yield schema;
            }
            case FieldType.MapOf map -> {
                schema.put("type", "object").set("additionalProperties", schema(schemas, map.element()));
                yield schema;
            }
            case FieldType.Struct struct -> {
                String name = STRUCT + struct.name();
                if (!schemas.has(name)) {
                    define(schemas, name, struct);
                }
                yield schema.put("$ref", "#/components/schemas/" + name);
            }
        };
    }

    private static ObjectNode scalar(ObjectNode schema, FieldType.Scalar scalar) {
        return switch (scalar.kind()) {
            case STRING -> schema.put("type", "string");
            case INTEGER -> schema.put("type", "integer").put("format", scalar.goName());
            case NUMBER -> schema.put("type", "number");
            case BOOLEAN -> schema.put("type", "boolean");
            case STRING_OR_NUMBER -> schema.put("type", "string").put("format", "int-or-string");
        };
    }
}
