package dev.waybill.gateway.schema;

import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** The fields that a CustomResourceDefinition's structural schema declares. Stateless. */
final class DefinedFields {
    private static final FieldType ANY = new FieldType.Any();
    private static final FieldType TEXT = new FieldType.Scalar("string", FieldType.Scalar.Kind.STRING);

    private DefinedFields() {}

    /** The type of the whole object. */
    static FieldType of(JsonNode schema) {
        return struct(schema, true);
    }

    private static FieldType type(JsonNode schema) {
        if (schema.path("x-kubernetes-int-or-string").asBoolean(false)) {
            return new FieldType.Scalar("IntOrString", FieldType.Scalar.Kind.STRING_OR_NUMBER);
        }
        return switch (schema.path("type").asString("")) {
            case "string" -> TEXT;
            case "integer" -> new FieldType.Scalar("int64", FieldType.Scalar.Kind.INTEGER);
            case "number" -> new FieldType.Scalar("float64", FieldType.Scalar.Kind.NUMBER);
            case "boolean" -> new FieldType.Scalar("bool", FieldType.Scalar.Kind.BOOLEAN);
            case "array" -> new FieldType.ListOf(type(schema.path("items")));
            case "object" -> object(schema);
            default -> ANY;
        };
    }

    private static FieldType object(JsonNode schema) {
        boolean embedded = schema.path("x-kubernetes-embedded-resource").asBoolean(false);
        if (embedded || !schema.path("properties").isEmpty()) {
            return struct(schema, embedded);
        }
        // Without properties anything is declared; what is not kept is pruned later.
        JsonNode others = schema.path("additionalProperties");
        return new FieldType.MapOf(others.isObject() ? type(others) : ANY);
    }

    /** @param whole whether apiVersion, kind and metadata are there whatever the schema says */
    private static FieldType struct(JsonNode schema, boolean whole) {
        Map<String, FieldType> fields = new HashMap<>();
        schema.path("properties").properties().forEach(each -> fields.put(each.getKey(), type(each.getValue())));
        if (whole) {
            fields.put("apiVersion", TEXT);
            fields.put("kind", TEXT);
            fields.put("metadata", OwnKinds.metadata());
        }
        boolean open = schema.path("x-kubernetes-preserve-unknown-fields").asBoolean(false);
        return new FieldType.Struct("", fields, null, open ? ANY : null);
    }
}
