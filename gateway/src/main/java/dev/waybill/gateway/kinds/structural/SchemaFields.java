package dev.waybill.gateway.kinds.structural;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Fills in a schema's defaults and takes out what it does not know. Stateless. */
public final class SchemaFields {
    private static final List<String> TYPE_FIELDS = List.of("apiVersion", "kind", "metadata");

    private static final Set<String> METADATA = Set.of(
            "annotations",
            "creationTimestamp",
            "deletionGracePeriodSeconds",
            "deletionTimestamp",
            "finalizers",
            "generateName",
            "generation",
            "labels",
            "managedFields",
            "name",
            "namespace",
            "ownerReferences",
            "resourceVersion",
            "selfLink",
            "uid");

    private SchemaFields() {}

    /** Sets the defaults of fields that are missing, in place; those of a field that may not be null replace null. */
    public static void defaults(JsonNode value, JsonNode schema) {
        if (value instanceof ObjectNode object) {
            for (Map.Entry<String, JsonNode> property :
                    schema.path("properties").properties()) {
                JsonNode standard = property.getValue().path("default");
                boolean nullable = property.getValue().path("nullable").asBoolean(false);
                JsonNode present = object.get(property.getKey());
                if (!standard.isMissingNode() && (present == null || (present.isNull() && !nullable))) {
                    object.set(property.getKey(), standard.deepCopy());
                }
            }
            object.properties().forEach(field -> {
                JsonNode inner = of(schema, field.getKey());
                if (inner != null) {
                    defaults(field.getValue(), inner);
                }
            });
        } else if (value instanceof ArrayNode array) {
            array.forEach(element -> defaults(element, schema.path("items")));
        }
    }

    /** Whether a schema has a default anywhere. */
    public static boolean hasDefaults(JsonNode schema) {
        if (schema.has("default")) {
            return true;
        }
        for (JsonNode property : schema.path("properties")) {
            if (hasDefaults(property)) {
                return true;
            }
        }
        return (schema.path("items").isObject() && hasDefaults(schema.path("items")))
                || (schema.path("additionalProperties").isObject() && hasDefaults(schema.path("additionalProperties")));
    }

    /**
     * Takes out fields that the schema does not name, in place.
     *
     * @param root whether apiVersion, kind and metadata belong to the value whatever the schema says
     * @param pruned gets the path of each field that was taken out
     */
    public static void prune(JsonNode value, JsonNode schema, boolean root, String path, List<String> pruned) {
        if (value instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                prune(array.get(i), schema.path("items"), false, path + "[" + i + "]", pruned);
            }
            return;
        }
        if (!(value instanceof ObjectNode object)) {
            return;
        }
        boolean whole = root || flag(schema, "x-kubernetes-embedded-resource");
        boolean keep = flag(schema, "x-kubernetes-preserve-unknown-fields");
        for (String name : List.copyOf(object.propertyNames())) {
            String field = path.isEmpty() ? name : path + "." + name;
            if (whole && TYPE_FIELDS.contains(name)) {
                if (name.equals("metadata") && object.get(name) instanceof ObjectNode metadata) {
                    pruneMetadata(metadata, field, pruned);
                }
                continue;
            }
            JsonNode inner = of(schema, name);
            if (inner != null) {
                prune(object.path(name), inner, false, field, pruned);
            } else if (!keep && !schema.path("additionalProperties").asBoolean(false)) {
                object.remove(name);
                pruned.add(field);
            }
        }
    }

    /** Every object's metadata is the same, whatever a schema says of it. */
    private static void pruneMetadata(ObjectNode metadata, String path, List<String> pruned) {
        for (String name : List.copyOf(metadata.propertyNames())) {
            if (!METADATA.contains(name)) {
                metadata.remove(name);
                pruned.add(path + "." + name);
            }
        }
    }

    /** The schema of a field, or null when it is not named. */
    static @Nullable JsonNode of(JsonNode schema, String field) {
        JsonNode named = schema.path("properties").get(field);
        if (named != null) {
            return named;
        }
        JsonNode others = schema.path("additionalProperties");
        return others.isObject() ? others : null;
    }

    static boolean flag(JsonNode schema, String name) {
        return schema.path(name).asBoolean(false);
    }

    /** The paths of fields that the schema does not know, in an object or a merge patch, where null takes out. */
    public static List<String> unknown(ObjectNode object, JsonNode schema) {
        ObjectNode copy = object.deepCopy();
        dropNulls(copy);
        List<String> pruned = new ArrayList<>();
        prune(copy, schema, true, "", pruned);
        return pruned;
    }

    private static void dropNulls(JsonNode value) {
        if (value instanceof ObjectNode object) {
            object.removeIf(JsonNode::isNull);
        }
        value.forEach(SchemaFields::dropNulls);
    }
}
