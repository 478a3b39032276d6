package dev.waybill.gateway.kinds;

import dev.waybill.gateway.kinds.structural.SchemaFields;
import dev.waybill.gateway.kinds.structural.SchemaValidation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The rules of a kind with a CustomResourceDefinition: those of its schema. Immutable. */
record CustomRules(JsonNode schema, boolean preserveUnknown, List<String> selectable) implements KindRules {

    @Override
    public void defaults(ObjectNode object) {
        if (!schema.isObject()) {
            return;
        }
        if (!preserveUnknown) {
            SchemaFields.prune(object, schema, true, "", new ArrayList<>());
        }
        SchemaFields.defaults(object, schema);
    }

    @Override
    public void validate(ObjectNode object, @Nullable ObjectNode old, List<FieldError> errors) {
        // What every object has is checked for every kind.
        ObjectNode own = object.deepCopy();
        own.remove("metadata");
        SchemaValidation.check(own, schema, "", errors);
    }

    @Override
    public void validateStatus(ObjectNode object, ObjectNode old, List<FieldError> errors) {
        defaults(object);
        JsonNode inner = schema.path("properties").path("status");
        if (object.has("status") && inner.isObject()) {
            SchemaValidation.check(object.path("status"), inner, "status", errors);
        }
    }

    @Override
    public Map<String, String> selectableFields(ObjectNode object) {
        Map<String, String> fields = new LinkedHashMap<>();
        selectable.forEach(path -> fields.put(path, Paths.at(object, path).asString("")));
        return fields;
    }
}
