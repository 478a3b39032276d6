package dev.waybill.gateway.kinds;

import dev.waybill.events.objects.LabelSelector;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What holds of the rules of roles and the subjects of bindings (pkg/apis/rbac/validation). Stateless. */
final class AccessRules {
    private AccessRules() {}

    static void role(ObjectNode role, boolean namespaced, List<FieldError> errors) {
        int index = 0;
        for (JsonNode rule : role.path("rules")) {
            rule(rule, "rules[" + index++ + "]", namespaced, errors);
        }
        if (role.has("aggregationRule")) {
            aggregation(role.path("aggregationRule").path("clusterRoleSelectors"), errors);
        }
    }

    private static void rule(JsonNode rule, String at, boolean namespaced, List<FieldError> errors) {
        if (rule.path("verbs").isEmpty()) {
            errors.add(FieldError.required(at + ".verbs", "verbs must contain at least one value"));
        }
        if (!rule.path("nonResourceURLs").isEmpty()) {
            String shown = rule.path("nonResourceURLs").toString();
            if (namespaced) {
                errors.add(FieldError.invalid(
                        at + ".nonResourceURLs", shown, "namespaced rules cannot apply to non-resource URLs"));
            }
            if (!rule.path("apiGroups").isEmpty()
                    || !rule.path("resources").isEmpty()
                    || !rule.path("resourceNames").isEmpty()) {
                errors.add(FieldError.invalid(
                        at + ".nonResourceURLs",
                        shown,
                        "rules cannot apply to both regular resources and non-resource URLs"));
            }
            return;
        }
        if (rule.path("apiGroups").isEmpty()) {
            errors.add(FieldError.required(at + ".apiGroups", "resource rules must supply at least one api group"));
        }
        if (rule.path("resources").isEmpty()) {
            errors.add(FieldError.required(at + ".resources", "resource rules must supply at least one resource"));
        }
    }

    private static void aggregation(JsonNode selectors, List<FieldError> errors) {
        if (selectors.isEmpty()) {
            errors.add(FieldError.required(
                    "aggregationRule.clusterRoleSelectors",
                    "at least one clusterRoleSelector required if aggregationRule is non-nil"));
        }
        int index = 0;
        for (JsonNode selector : selectors) {
            try {
                LabelSelector.of(selector);
            } catch (RuntimeException e) { // of the JSON library where a value is no text
                errors.add(FieldError.invalid(
                        "aggregationRule.clusterRoleSelectors[" + index + "]",
                        selector.toString(),
                        String.valueOf(e.getMessage())));
            }
            index++;
        }
    }

    static void subjects(ObjectNode binding, List<FieldError> errors) {
        int index = 0;
        for (ObjectNode subject : Json.objects(binding.path("subjects"))) {
            String at = "subjects[" + index++ + "]";
            boolean account = Json.text(subject, "kind").equals("ServiceAccount");
            String group = Json.text(subject, "apiGroup");
            if (account && Json.text(subject, "namespace").isEmpty()) {
                errors.add(FieldError.required(at + ".namespace", ""));
            }
            String expected = account ? "" : "rbac.authorization.k8s.io";
            if (!group.equals(expected)) {
                errors.add(FieldError.notSupported(at + ".apiGroup", group, List.of(expected)));
            }
        }
    }
}
