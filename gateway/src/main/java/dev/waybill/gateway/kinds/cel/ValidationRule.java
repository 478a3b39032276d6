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
    Optional<FieldError> check(Object self, @Nullable Object old, String type, String path) {
        if (transition && old == null && !optionalOld()) {
            return Optional.empty();
        }
        Map<String, Object> variables = new HashMap<>();
        variables.put("self", self);
        if (transition) {
            variables.put(
                    "oldSelf", optionalOld() ? Optional.ofNullable(old) : old == null ? NullValue.NULL_VALUE : old);
        }
        try {
            return Boolean.TRUE.equals(program.program().eval(variables))
                    ? Optional.empty()
                    : Optional.of(error(sentence(variables), type, path));
        } catch (CelEvaluationException e) {
            return Optional.of(
                    FieldError.invalid(place(path), quoted(type), why(e) + " evaluating rule: " + fixedSentence()));
        }
    }

    /** What a function says of its arguments, if one does: CEL for Java only says that it failed. */
    private static String why(CelEvaluationException failed) {
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            if (cause instanceof IllegalArgumentException) {
                return String.valueOf(cause.getMessage());
            }
        }
        return String.valueOf(failed.getMessage());
    }

    private String sentence(Map<String, Object> variables) {
        if (message == null) {
            return fixedSentence();
        }
        try {
            String computed = message.program().eval(variables) instanceof String text ? text.strip() : "";
            return computed.isEmpty() || computed.contains("\n") ? fixedSentence() : computed;
        } catch (CelEvaluationException e) {
            return fixedSentence();
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
