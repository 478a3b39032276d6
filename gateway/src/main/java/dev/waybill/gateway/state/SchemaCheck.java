package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.FieldError;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.kinds.structural.SchemaFields;
import dev.waybill.gateway.schema.FieldProblem;
import dev.waybill.gateway.schema.ObjectSchema;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The fields by the published models of the built-in kinds, and by the schemas of defined ones. Stateless. */
public final class SchemaCheck implements ManifestCheck {
    @Override
    public List<FieldError> check(Kind kind, ObjectNode manifest) {
        return kind.custom() != null
                ? List.of()
                : schema(kind).check(manifest).stream()
                        .map(problem -> FieldError.invalid(problem.path(), "", problem.message()))
                        .toList();
    }

    @Override
    public List<String> prune(Kind kind, ObjectNode manifest) {
        if (kind.custom() != null) {
            JsonNode schema = kind.custom().schema();
            List<String> pruned = new ArrayList<>();
            if (schema != null) {
                SchemaFields.prune(manifest, schema, true, "", pruned);
            }
            return pruned.stream()
                    .map(field -> FieldProblem.unknown(field).message())
                    .toList();
        }
        List<String> unknown = schema(kind).check(manifest).stream()
                .filter(FieldProblem::unknown)
                .map(FieldProblem::message)
                .toList();
        if (!unknown.isEmpty()) {
            schema(kind).prune(manifest, false);
        }
        return unknown;
    }

    private static ObjectSchema schema(Kind kind) {
        return ObjectSchema.of(kind.group(), kind.version(), kind.kind());
    }
}
