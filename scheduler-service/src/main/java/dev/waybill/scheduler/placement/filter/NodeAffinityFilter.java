package dev.waybill.scheduler.placement.filter;

import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.placement.NodeFilter;
import dev.waybill.scheduler.placement.PodNeeds;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** The node has the labels of nodeSelector and fits a term of the required node affinity. */
public final class NodeAffinityFilter implements NodeFilter {
    @Override
    public Optional<String> reject(PodNeeds pod, NodeView node) {
        Map<String, String> labels = node.labels();
        boolean selected = true;
        for (Map.Entry<String, String> wanted : pod.nodeSelector().entrySet()) {
            selected &= wanted.getValue().equals(labels.get(wanted.getKey()));
        }
        return selected && affine(pod, node)
                ? Optional.empty()
                : Optional.of("node(s) didn't match Pod's node affinity/selector");
    }

    private static boolean affine(PodNeeds pod, NodeView node) {
        JsonNode terms = pod.affinityTerms();
        return terms.isEmpty() || matches(terms, node);
    }

    /** Whether the node fits one of the terms of a node selector. */
    public static boolean matches(JsonNode terms, NodeView node) {
        for (JsonNode term : terms) {
            boolean empty = term.path("matchExpressions").isEmpty()
                    && term.path("matchFields").isEmpty();
            if (!empty
                    && fits(term.path("matchExpressions"), node.labels())
                    && fits(term.path("matchFields"), Map.of("metadata.name", node.name()))) {
                return true;
            }
        }
        return false;
    }

    private static boolean fits(JsonNode expressions, Map<String, String> values) {
        for (JsonNode expression : expressions) {
            if (!fits(expression, values.get(expression.path("key").asString("")))) {
                return false;
            }
        }
        return true;
    }

    private static boolean fits(JsonNode expression, @org.jspecify.annotations.Nullable String value) {
        boolean listed = false;
        for (JsonNode each : expression.path("values")) {
            listed |= each.asString("").equals(value);
        }
        return switch (expression.path("operator").asString("")) {
            case "In" -> listed;
            case "NotIn" -> !listed;
            case "Exists" -> value != null;
            case "DoesNotExist" -> value == null;
            case "Gt" ->
                number(value) > number(expression.path("values").path(0).asString(""));
            case "Lt" ->
                value != null
                        && number(value)
                                < number(expression.path("values").path(0).asString(""));
            default -> false;
        };
    }

    private static long number(@org.jspecify.annotations.Nullable String text) {
        return text != null && text.matches("-?\\d{1,18}") ? Long.parseLong(text) : Long.MIN_VALUE;
    }
}
