package dev.waybill.gateway.kinds;

import dev.waybill.gateway.kinds.cel.SchemaRules;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Compiles the rules in CEL of a CustomResourceDefinition's schemas, and reckons what they can cost. Stateless. */
record DefinitionExaminer() implements Examiner {

    /** CEL's compiler has to be loaded for the first, and a definition may have a megabyte of rules. */
    @Override
    public boolean isQuick() {
        return false;
    }

    @Override
    public List<FieldError> examine(JsonNode object, @Nullable JsonNode old) {
        List<FieldError> errors = new ArrayList<>();
        int index = 0;
        for (JsonNode version : object.path("spec").path("versions")) {
            String at = "spec.versions[" + index++ + "].schema.openAPIV3Schema";
            JsonNode schema = version.path("schema").path("openAPIV3Schema");
            if (Json.text(schema, "type").equals("object")) {
                check(schema, old != null && isIn(schema, old.path("spec").path("versions")), at, errors);
            }
        }
        return errors;
    }

    /** @param known whether the schema was there before: what was accepted then stays, whatever it costs */
    private static void check(JsonNode schema, boolean known, String at, List<FieldError> errors) {
        int before = errors.size();
        SchemaRules rules = SchemaRules.compile(schema, at, errors);
        if (rules != null && errors.size() == before && !known) {
            rules.checkCost(at, errors);
        }
    }

    private static boolean isIn(JsonNode schema, JsonNode versions) {
        return versions.valueStream()
                .anyMatch(version ->
                        version.path("schema").path("openAPIV3Schema").equals(schema));
    }
}
