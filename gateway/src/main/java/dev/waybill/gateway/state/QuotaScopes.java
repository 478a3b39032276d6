package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.state.ObjectFacts.Special;
import dev.waybill.gateway.state.ObjectFacts.Use;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * Which pods a ResourceQuota is about: all of its namespace without scopes (k8s.io/kubernetes/pkg/quota). What pods of a
 * scope use is summed up when it is asked for, since few quotas have one. Immutable.
 */
record QuotaScopes(List<Scope> scopes) {

    /** One condition; values only for PriorityClass. */
    record Scope(String name, String operator, Set<String> values) {
        boolean matches(JsonNode pod) {
            return switch (name) {
                case "Terminating" -> terminating(pod);
                case "NotTerminating" -> !terminating(pod);
                case "BestEffort" -> bestEffort(pod);
                case "NotBestEffort" -> !bestEffort(pod);
                case "PriorityClass" -> ofClass(Json.text(pod, "spec", "priorityClassName"));
                default -> false;
            };
        }

        private boolean ofClass(String priorityClass) {
            return switch (operator) {
                case "In" -> values.contains(priorityClass);
                case "NotIn" -> !values.contains(priorityClass);
                case "DoesNotExist" -> priorityClass.isEmpty();
                default -> !priorityClass.isEmpty();
            };
        }

        private static boolean terminating(JsonNode pod) {
            return Json.number(pod.path("spec"), "activeDeadlineSeconds", -1) >= 0;
        }

        private static boolean bestEffort(JsonNode pod) {
            return Json.text(pod, "status", "qosClass").equals("BestEffort");
        }
    }

    static QuotaScopes of(JsonNode quota) {
        List<Scope> scopes = new ArrayList<>();
        JsonNode spec = quota.path("spec");
        spec.path("scopes").forEach(name -> scopes.add(new Scope(name.asString(""), "Exists", Set.of())));
        for (JsonNode expression : spec.path("scopeSelector").path("matchExpressions")) {
            Set<String> values = new TreeSet<>();
            expression.path("values").forEach(value -> values.add(value.asString("")));
            scopes.add(new Scope(Json.text(expression, "scopeName"), Json.text(expression, "operator"), values));
        }
        return new QuotaScopes(List.copyOf(scopes));
    }

    boolean isEmpty() {
        return scopes.isEmpty();
    }

    boolean matches(JsonNode pod) {
        return scopes.stream().allMatch(scope -> scope.matches(pod));
    }

    boolean matches(StoredObject pod) {
        return isEmpty() || matches(pod.json());
    }

    /** What the pods of a namespace use that it is about. */
    Use use(ResourceImage image, String namespace) {
        if (isEmpty()) {
            return image.indexes().namespace(namespace).all();
        }
        Use sum = Use.NONE;
        for (StoredObject pod : image.list("", "pods", namespace)) {
            Special.Pod facts = pod.pod();
            if (facts != null && !facts.terminal() && matches(pod.json())) {
                sum = sum.plus(facts.use());
            }
        }
        return sum;
    }
}
