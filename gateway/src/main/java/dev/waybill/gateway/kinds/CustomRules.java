package dev.waybill.gateway.kinds;

import dev.waybill.gateway.kinds.structural.SchemaFields;
import dev.waybill.gateway.kinds.structural.SchemaValidation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The rules of a kind with a CustomResourceDefinition: those of its schema, the ones in CEL among them. Immutable.
 *
 * @param completesOnRead whether the schema has defaults, which may be younger than an object
 * @param rules in CEL
 */
record CustomRules(
        JsonNode schema, boolean preserveUnknown, List<String> selectable, CelRules rules, boolean completesOnRead)
        implements KindRules {

    CustomRules(JsonNode schema, boolean preserveUnknown, List<String> selectable) {
        this(schema, preserveUnknown, selectable, new CelRules(schema), SchemaFields.hasDefaults(schema));
    }

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
        validate(object, old, Judge.AT_ONCE, errors);
    }

    @Override
    public void validate(ObjectNode object, @Nullable ObjectNode old, Judge judge, List<FieldError> errors) {
        // What every object has is checked for every kind.
        ObjectNode own = object.deepCopy();
        own.remove("metadata");
        List<FieldError> found = new ArrayList<>();
        SchemaValidation.check(own, schema, "", found);
        judge(object, old, judge, found);
        errors.addAll(found);
    }

    @Override
    public Set<String> metadataWithStatus() {
        return Set.of();
    }

    @Override
    public void validateStatus(ObjectNode object, ObjectNode old, List<FieldError> errors) {
        validateStatus(object, old, Judge.AT_ONCE, errors);
    }

    @Override
    public void validateStatus(ObjectNode object, ObjectNode old, Judge judge, List<FieldError> errors) {
        defaults(object);
        JsonNode inner = schema.path("properties").path("status");
        if (object.has("status") && inner.isObject()) {
            SchemaValidation.check(object.path("status"), inner, "status", errors);
        }
        judge(object, old, judge, errors);
    }

    private void judge(ObjectNode object, @Nullable ObjectNode old, Judge judge, List<FieldError> errors) {
        if (rules.isPresent() && errors.isEmpty()) { // a rule may rely on what the schema says
            errors.addAll(judge.findings(rules, object, old));
        }
    }

    @Override
    public Map<String, String> selectableFields(ObjectNode object) {
        Map<String, String> fields = new LinkedHashMap<>();
        selectable.forEach(path -> fields.put(path, Paths.at(object, path).asString("")));
        return fields;
    }
}
