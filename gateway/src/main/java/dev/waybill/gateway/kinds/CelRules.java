package dev.waybill.gateway.kinds;

import dev.waybill.gateway.kinds.cel.SchemaRules;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The rules in CEL of a schema, compiled when the first object is examined: a definition is read again whenever one
 * changes, most have no rules, and many have no objects. Equal where the schema is. Thread-safe.
 */
final class CelRules implements Examiner {
    /** Units of CEL's cost, which are some two milliseconds. */
    private static final long QUICK = 10_000;

    private final JsonNode schema;
    private final boolean present;
    private volatile @Nullable Compiled compiled;

    private record Compiled(@Nullable SchemaRules rules, boolean quick) {}

    CelRules(JsonNode schema) {
        this.schema = schema;
        this.present = SchemaRules.has(schema);
    }

    boolean isPresent() {
        return present;
    }

    /** To compile them takes its time too. */
    @Override
    public boolean isQuick() {
        Compiled known = compiled;
        return known != null && known.quick();
    }

    @Override
    public List<FieldError> examine(JsonNode object, @Nullable JsonNode old) {
        List<FieldError> errors = new ArrayList<>();
        SchemaRules rules = rules();
        if (rules != null) {
            rules.check(object, old, "", errors);
        }
        return errors;
    }

    private @Nullable SchemaRules rules() {
        Compiled known = compiled;
        if (known == null) {
            SchemaRules rules = SchemaRules.compile(schema, "", new ArrayList<>());
            known = new Compiled(rules, rules == null || rules.mostCost() <= QUICK);
            compiled = known;
        }
        return known.rules();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other == this || (other instanceof CelRules rules && rules.schema.equals(schema));
    }

    @Override
    public int hashCode() {
        return schema.hashCode();
    }
}
