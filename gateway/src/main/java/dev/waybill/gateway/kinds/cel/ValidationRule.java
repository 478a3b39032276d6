package dev.waybill.gateway.kinds.cel;

import dev.cel.common.values.NullValue;
import dev.cel.runtime.CelEvaluationException;
import dev.waybill.gateway.kinds.FieldError;
import dev.waybill.gateway.kinds.cel.RuleCompiler.Compiled;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One of the x-kubernetes-validations, ready to be held against values. Immutable.
 *
 * @param source as it is written in the schema
 * @param message computes the message; null where it is fixed
 * @param transition whether it compares with the value before
 */
record ValidationRule(
        JsonNode source, Compiled program, @Nullable Compiled message, boolean transition) {

    private boolean optionalOld() {
        return source.path("optionalOldSelf").asBoolean(false);
    }

    /** What is wrong with a value; empty when the rule holds or does not speak of this change. */
    Optional<FieldError> check(Object self, @Nullable Object old, String type, String path, RunningBudget budget) {
        if (transition && old == null && !optionalOld()) {
            return Optional.empty();
        }
        Map<String, Object> variables = new HashMap<>();
        variables.put("self", self);
        if (transition) {
            variables.put(
                    "oldSelf", optionalOld() ? Optional.ofNullable(old) : old == null ? NullValue.NULL_VALUE : old);
        }
        RunningCost counted = program.counted();
        boolean holds = false;
        String failure = "";
        try {
            holds = Boolean.TRUE.equals(program.evaluate(variables, counted));
        } catch (CelEvaluationException | RunningCost.ExceededException e) {
            failure = why(e) + " evaluating rule: " + fixedSentence();
        }
        if (counted.exceeded()) {
            budget.end();
            return Optional.of(FieldError.invalid(place(path), quoted(type), RunningCost.EXCEEDED + fixedSentence()));
        }
        if (!budget.take(counted.cost())) {
            return Optional.of(FieldError.invalid(place(path), quoted(type), RunningBudget.SPENT));
        }
        if (!failure.isEmpty()) {
            return Optional.of(FieldError.invalid(place(path), quoted(type), failure));
        }
        return holds ? Optional.empty() : Optional.of(error(sentence(variables, budget), type, path));
    }

    /** What a function says of its arguments, if one does: CEL for Java only says that it failed. */
    private static String why(Exception failed) {
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            if (cause instanceof IllegalArgumentException) {
                return String.valueOf(cause.getMessage());
            }
        }
        return String.valueOf(failed.getMessage());
    }

    private String sentence(Map<String, Object> variables, RunningBudget budget) {
        if (message == null) {
            return fixedSentence();
        }
        RunningCost counted = message.counted();
        try {
            String computed = message.evaluate(variables, counted) instanceof String text ? text.strip() : "";
            return computed.isEmpty() || computed.contains("\n") ? fixedSentence() : computed;
        } catch (CelEvaluationException | RunningCost.ExceededException e) {
            return fixedSentence();
        } finally {
            budget.take(counted.cost());
        }
    }

    private String fixedSentence() {
        String fixed = source.path("message").asString("").strip();
        return fixed.isEmpty()
                ? "failed rule: " + source.path("rule").asString("").strip()
                : fixed;
    }

    private FieldError error(String sentence, String type, String path) {
        String at = place(path + source.path("fieldPath").asString(""));
        return switch (source.path("reason").asString("")) {
            case "FieldValueForbidden" -> FieldError.forbidden(at, sentence);
            case "FieldValueRequired" -> FieldError.required(at, sentence);
            case "FieldValueDuplicate" -> FieldError.duplicate(at, type);
            default -> FieldError.invalid(at, quoted(type), sentence);
        };
    }

    /** The whole object has no path, which Kubernetes writes like this. */
    private static String place(String path) {
        return path.isEmpty() ? "<nil>" : path.startsWith(".") ? path.substring(1) : path;
    }

    private static String quoted(String type) {
        return "\"" + type + "\"";
    }
}
