package dev.waybill.gateway.schema;

import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.MergeKeys;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Schemas in the words of OpenAPI, one per structure, referring to each other. Used by one thread. */
public final class SchemaDocument {
    private static final String STRUCT = "dev.waybill.model.";

    private final ObjectNode schemas;
    private final Dialect dialect;

    /** Which OpenAPI it is. */
    public enum Dialect {
        V2("#/definitions/"),
        V3("#/components/schemas/");

        private final String references;

        Dialect(String references) {
            this.references = references;
        }
    }

    /** Adds to a document's schemas. */
    public SchemaDocument(ObjectNode schemas, Dialect dialect) {
        this.schemas = schemas;
        this.dialect = dialect;
    }

    /** Adds a kind under a name, and every structure that it refers to; gives the kind's schema. */
    public ObjectNode add(String name, String group, String version, String kind) {
        return switch (ObjectSchema.of(group, version, kind).root()) {
            case FieldType.Struct struct -> define(name, struct, "");
            case FieldType any ->
                schemas.putObject(name).put("type", "object").put("x-kubernetes-preserve-unknown-fields", true);
        };
    }

    /** Adds a kind whose definition brings its schema. */
    public ObjectNode custom(String name, @Nullable JsonNode openApi) {
        ObjectNode schema = openApi instanceof ObjectNode known
                ? known.deepCopy()
                : Json.object().put("type", "object");
        ObjectNode properties = Json.child(schema, "properties");
        // Every object says these of itself, and any kind of Kubernetes' own says what they are.
        Map<String, FieldNotes.Note> notes =
                FieldNotes.of(ModelClasses.find("apps", "v1", "Deployment").orElse(null));
        FieldNotes.Note none = new FieldNotes.Note("", false);
        ModelClasses.find("meta", "v1", "ObjectMeta")
                .ifPresent(model -> properties.set(
                        "metadata",
                        schema(
                                FieldType.of(model),
                                "metadata",
                                notes.getOrDefault("metadata", none).description())));
        for (String field : List.of("apiVersion", "kind")) {
            ObjectNode property = properties.putObject(field).put("type", "string");
            describe(property, notes.getOrDefault(field, none).description());
        }
        schemas.set(name, schema);
        return schema;
    }

    private ObjectNode define(String name, FieldType.Struct struct, String holder) {
        ObjectNode schema = schemas.putObject(name).put("type", "object");
        describe(schema, FieldNotes.describe(struct.model()));
        Map<String, FieldNotes.Note> notes = FieldNotes.of(struct.model());
        ObjectNode properties = schema.putObject("properties");
        ArrayNode required = Json.array();
        struct.fields().entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(field -> {
            FieldNotes.Note note = notes.getOrDefault(field.getKey(), new FieldNotes.Note("", false));
            ObjectNode property = schema(field.getValue(), field.getKey(), note.description());
            merging(property, holder, field.getKey(), field.getValue());
            properties.set(field.getKey(), property);
            if (note.required()) {
                required.add(field.getKey());
            }
        });
        if (!required.isEmpty()) {
            schema.set("required", required);
        }
        return schema;
    }

    /** How clients merge the field when they make a strategic merge patch. */
    private static void merging(ObjectNode property, String holder, String field, FieldType type) {
        String retain = MergeKeys.retainsKeys(field) ? "retainKeys" : "";
        String strategy = retain;
        if (type instanceof FieldType.ListOf) {
            String key = MergeKeys.of(holder, field);
            if (key != null) {
                property.put("x-kubernetes-patch-merge-key", key);
            }
            boolean merges = key != null || MergeKeys.mergesPrimitives(field);
            strategy = !merges ? "" : retain.isEmpty() ? "merge" : "merge,retainKeys";
        }
        if (!strategy.isEmpty()) {
            property.put("x-kubernetes-patch-strategy", strategy);
        }
    }

    private static void describe(ObjectNode schema, String description) {
        if (!description.isEmpty()) {
            schema.put("description", description);
        }
    }

    private ObjectNode schema(FieldType type, String field, String description) {
        ObjectNode schema = Json.object();
        describe(schema, description);
        return switch (type) {
            case FieldType.Any any -> schema.put("type", "object");
            case FieldType.Scalar scalar -> scalar(schema, scalar);
            case FieldType.ListOf list -> {
                schema.put("type", "array").set("items", schema(list.element(), field, ""));
                yield schema;
            }
            case FieldType.MapOf map -> {
                schema.put("type", "object").set("additionalProperties", schema(map.element(), field, ""));
                yield schema;
            }
            case FieldType.Struct struct -> reference(schema, struct, field);
        };
    }

    private ObjectNode reference(ObjectNode schema, FieldType.Struct struct, String field) {
        String name = STRUCT + struct.uniqueName();
        if (!schemas.has(name)) {
            define(name, struct, field);
        }
        // OpenAPI 3 ignores what stands beside a reference.
        boolean beside = dialect == Dialect.V3 && schema.has("description");
        ObjectNode holder = beside ? schema.putArray("allOf").addObject() : schema;
        holder.put("$ref", dialect.references + name);
        return schema;
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
