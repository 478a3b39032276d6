package dev.waybill.gateway.kinds.cel;

import dev.waybill.gateway.kinds.FieldError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The rules of a structural schema, compiled: a tree with the places of the schema that have rules, or have such below
 * them. Immutable, thread-safe.
 */
public final class SchemaRules {
    private static final String RULES = "x-kubernetes-validations";

    private static final int MOST_ERRORS = 50;

    private final JsonNode schema;
    private final boolean root;
    private final List<ValidationRule> rules;
    private final Map<String, SchemaRules> properties;
    private final @Nullable SchemaRules values;
    private final @Nullable SchemaRules items;

    private SchemaRules(
            JsonNode schema,
            boolean root,
            List<ValidationRule> rules,
            Map<String, SchemaRules> properties,
            @Nullable SchemaRules values,
            @Nullable SchemaRules items) {
        this.schema = schema;
        this.root = root;
        this.rules = rules;
        this.properties = properties;
        this.values = values;
        this.items = items;
    }

    /** Whether a schema has a rule anywhere; asked before any class of CEL is loaded. */
    public static boolean has(JsonNode schema) {
        return schema.has(RULES) || schema.valueStream().anyMatch(SchemaRules::has);
    }

    /** The rules of a whole schema; null when it has none. What cannot be compiled is among the errors. */
    public static @Nullable SchemaRules compile(JsonNode schema, String path, List<FieldError> errors) {
        return compile(schema, true, true, path, errors);
    }

    private static @Nullable SchemaRules compile(
            JsonNode schema, boolean root, boolean correlatable, String path, List<FieldError> errors) {
        if (!has(schema)) {
            return null;
        }
        List<ValidationRule> rules = new ArrayList<>();
        int index = 0;
        for (JsonNode rule : schema.path(RULES)) {
            ValidationRule compiled = RuleCompiler.compile(
                    rule, schema, root, correlatable, path + "." + RULES + "[" + index++ + "]", errors);
            if (compiled != null) {
                rules.add(compiled);
            }
        }
        Map<String, SchemaRules> properties = new LinkedHashMap<>();
        schema.path("properties").properties().forEach(property -> {
            String at = path + ".properties[" + property.getKey() + "]";
            SchemaRules inner = compile(property.getValue(), false, correlatable, at, errors);
            if (inner != null) {
                properties.put(property.getKey(), inner);
            }
        });
        boolean keyed = schema.path("x-kubernetes-list-type").asString("").equals("map");
        return new SchemaRules(
                schema,
                root,
                List.copyOf(rules),
                properties,
                compile(
                        schema.path("additionalProperties"),
                        false,
                        correlatable,
                        path + ".additionalProperties",
                        errors),
                compile(schema.path("items"), false, correlatable && keyed, path + ".items", errors));
    }

    /** Adds what is too expensive of the rules of a new schema. */
    public void checkCost(String path, List<FieldError> errors) {
        CostBudget budget = new CostBudget();
        addCost(path, OptionalLong.of(1), budget, errors);
        budget.checkSum(path, errors);
    }

    /** What holding an object against all of them can cost; an object that the schema accepts costs no more. */
    public long mostCost() {
        CostBudget budget = new CostBudget();
        addCost("", OptionalLong.of(1), budget, new ArrayList<>());
        return budget.sum();
    }

    /** @param times how often the schema can come in an object; empty when only requests bound that */
    private void addCost(String path, OptionalLong times, CostBudget budget, List<FieldError> errors) {
        long most = times.orElseGet(() -> SchemaSizes.timesInRequest(schema));
        for (int i = 0; i < rules.size(); i++) {
            String at = path + "." + RULES + "[" + i + "]";
            ValidationRule rule = rules.get(i);
            budget.add(at + ".rule", "estimated rule cost", rule.program().cost(), most, errors);
            if (rule.message() != null) {
                budget.add(
                        at + ".messageExpression",
                        "estimated messageExpression cost",
                        rule.message().cost(),
                        most,
                        errors);
            }
        }
        properties.forEach((name, inner) -> inner.addCost(path + ".properties[" + name + "]", times, budget, errors));
        OptionalLong bound = SchemaSizes.bound(schema);
        OptionalLong below = times.isPresent() && bound.isPresent()
                ? OptionalLong.of(RuleCost.times(times.getAsLong(), bound.getAsLong()))
                : OptionalLong.empty();
        if (values != null) {
            values.addCost(path + ".additionalProperties", below, budget, errors);
        }
        if (items != null) {
            items.addCost(path + ".items", below, budget, errors);
        }
    }

    /**
     * Adds what the rules have against a value.
     *
     * @param old the value before; null when there is none
     */
    public void check(JsonNode value, @Nullable JsonNode old, String path, List<FieldError> errors) {
        check(value, old, path, errors, new RunningBudget());
    }

    private void check(
            JsonNode value, @Nullable JsonNode old, String path, List<FieldError> errors, RunningBudget budget) {
        if (errors.size() >= MOST_ERRORS || budget.isSpent() || (value.isNull() && !root)) {
            return;
        }
        own(value, old, path, errors, budget);
        for (Map.Entry<String, JsonNode> field : value.properties()) {
            SchemaRules inner = properties.getOrDefault(field.getKey(), values);
            if (inner != null) {
                String at = values == inner
                        ? path + "[" + field.getKey() + "]"
                        : path.isEmpty() ? field.getKey() : path + "." + field.getKey();
                inner.check(field.getValue(), old == null ? null : old.get(field.getKey()), at, errors, budget);
            }
        }
        if (items != null && value.isArray()) {
            for (int i = 0; i < value.size(); i++) {
                JsonNode element = value.get(i);
                items.check(element, before(element, old), path + "[" + i + "]", errors, budget);
            }
        }
    }

    private void own(
            JsonNode value, @Nullable JsonNode old, String path, List<FieldError> errors, RunningBudget budget) {
        if (rules.isEmpty()) {
            return;
        }
        // What was there before stays valid as it is: a new rule must not hold up changes elsewhere (KEP-4008).
        boolean unchanged = value.equals(old);
        Object self = SchemaValues.of(value, schema, root);
        Object before = old == null || old.isNull() ? null : SchemaValues.of(old, schema, root);
        String type = schema.path("type").asString("object");
        for (ValidationRule rule : rules) {
            if (!budget.isSpent() && (rule.transition() || !unchanged)) {
                rule.check(self, before, type, path, budget).ifPresent(errors::add);
            }
        }
    }

    /** The element of a list before, found by its keys. */
    private @Nullable JsonNode before(JsonNode element, @Nullable JsonNode old) {
        JsonNode keys = schema.path("x-kubernetes-list-map-keys");
        if (old == null || keys.isEmpty()) {
            return null;
        }
        for (JsonNode each : old) {
            boolean same = true;
            for (JsonNode key : keys) {
                same &= each.path(key.asString("")).equals(element.path(key.asString("")));
            }
            if (same) {
                return each;
            }
        }
        return null;
    }
}
