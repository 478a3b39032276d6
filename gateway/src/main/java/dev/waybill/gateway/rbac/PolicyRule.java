package dev.waybill.gateway.rbac;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What one rule of a role allows (rbac.authorization.k8s.io/v1 PolicyRule). Immutable.
 *
 * @param resourceNames empty for all
 */
public record PolicyRule(
        List<String> verbs,
        List<String> apiGroups,
        List<String> resources,
        List<String> resourceNames,
        List<String> nonResourceUrls) {
    static final String ALL = "*";

    public PolicyRule {
        verbs = List.copyOf(verbs);
        apiGroups = List.copyOf(apiGroups);
        resources = List.copyOf(resources);
        resourceNames = List.copyOf(resourceNames);
        nonResourceUrls = List.copyOf(nonResourceUrls);
    }

    /** The rules of a Role or ClusterRole. */
    public static List<PolicyRule> of(JsonNode role) {
        List<PolicyRule> rules = new ArrayList<>();
        for (JsonNode rule : role.path("rules")) {
            rules.add(new PolicyRule(
                    texts(rule, "verbs"),
                    texts(rule, "apiGroups"),
                    texts(rule, "resources"),
                    texts(rule, "resourceNames"),
                    texts(rule, "nonResourceURLs")));
        }
        return List.copyOf(rules);
    }

    /** The rule as it stands in a role. */
    public ObjectNode json() {
        ObjectNode rule = JsonNodeFactory.instance.objectNode();
        put(rule, "apiGroups", apiGroups);
        put(rule, "nonResourceURLs", nonResourceUrls);
        put(rule, "resourceNames", resourceNames);
        put(rule, "resources", resources);
        put(rule, "verbs", verbs);
        return rule;
    }

    /** Whether this rule alone allows it. */
    public boolean allows(Attempt attempt) {
        return has(verbs, attempt.verb())
                && switch (attempt) {
                    case Attempt.OnResource on ->
                        has(apiGroups, on.group())
                                && coversResource(on.resource(), on.subresource())
                                && (resourceNames.isEmpty() || resourceNames.contains(on.name()));
                    case Attempt.OnPath on -> nonResourceUrls.stream().anyMatch(url -> matches(url, on.path()));
                };
    }

    private boolean coversResource(String resource, String subresource) {
        for (String each : resources) {
            if (each.equals(ALL)
                    || (subresource.isEmpty() ? each.equals(resource) : names(each, resource, subresource))) {
                return true;
            }
        }
        return false;
    }

    private static boolean names(String rule, String resource, String subresource) {
        int slash = rule.indexOf('/');
        return slash >= 0
                && rule.length() == slash + 1 + subresource.length()
                && rule.endsWith(subresource)
                && (rule.startsWith("*/") || (slash == resource.length() && rule.startsWith(resource)));
    }

    static boolean matches(String url, String path) {
        return url.equals(path) || (url.endsWith(ALL) && path.startsWith(url.substring(0, url.length() - 1)));
    }

    static boolean has(List<String> values, String wanted) {
        return values.contains(wanted) || values.contains(ALL);
    }

    private static List<String> texts(JsonNode rule, String field) {
        List<String> texts = new ArrayList<>();
        rule.path(field).forEach(value -> texts.add(value.asString("")));
        return texts;
    }

    private static void put(ObjectNode rule, String field, List<String> values) {
        if (!values.isEmpty()) {
            values.forEach(rule.putArray(field)::add);
        }
    }
}
