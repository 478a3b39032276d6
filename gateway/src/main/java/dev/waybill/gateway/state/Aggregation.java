package dev.waybill.gateway.state;

import dev.waybill.events.objects.LabelSelector;
import dev.waybill.gateway.rbac.AccessPolicy;
import dev.waybill.gateway.rbac.PolicyRule;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Keeps each ClusterRole with an aggregationRule equal to the sum of the roles that it selects. Stateless. */
final class Aggregation {
    private static final String ROLES = "clusterroles";

    private Aggregation() {}

    /** Follows a change: roles that gather the changed one are gathered again, and so on up. */
    static void follow(Draft draft, ResourceDelta delta) {
        ResourceKey key = delta.key();
        if (!key.resource().equals(ROLES) || !key.group().equals(AccessPolicy.GROUP)) {
            return;
        }
        for (String name : draft.image().access().aggregated()) {
            StoredObject whole = draft.get(key(name));
            if (whole != null
                    && (name.equals(key.name())
                            || selects(whole, delta.object())
                            || selects(whole, delta.previous()))) {
                gather(draft, whole);
            }
        }
    }

    private static void gather(Draft draft, StoredObject whole) {
        Set<PolicyRule> rules = new LinkedHashSet<>();
        for (StoredObject role : draft.image().list(AccessPolicy.GROUP, ROLES, "")) {
            if (!role.name().equals(whole.name()) && selects(whole, role)) {
                rules.addAll(PolicyRule.of(role.json()));
            }
        }
        if (!rules.equals(new LinkedHashSet<>(PolicyRule.of(whole.json())))) {
            ObjectNode next = whole.copy();
            ArrayNode list = next.putArray("rules");
            rules.forEach(rule -> list.add(rule.json()));
            draft.replace(whole, next);
        }
    }

    private static boolean selects(StoredObject whole, @Nullable StoredObject role) {
        if (role == null) {
            return false;
        }
        Map<String, String> labels = role.labels();
        for (JsonNode selector : whole.json().path("aggregationRule").path("clusterRoleSelectors")) {
            if (LabelSelector.of(selector).matches(labels)) {
                return true;
            }
        }
        return false;
    }

    private static ResourceKey key(String name) {
        return new ResourceKey(AccessPolicy.GROUP, ROLES, "", name);
    }

    /** What a change does to the index of roles and bindings. */
    static AccessPolicy indexed(AccessPolicy policy, ResourceDelta delta) {
        ResourceKey key = delta.key();
        if (!key.group().equals(AccessPolicy.GROUP)) {
            return policy;
        }
        ObjectNode after = delta.change() == ResourceDelta.Change.DELETED
                ? null
                : delta.object().json();
        ObjectNode before = delta.previous() == null ? null : delta.previous().json();
        return switch (key.resource()) {
            case "roles", ROLES -> policy.withRole(new AccessPolicy.RoleName(key.namespace(), key.name()), after);
            case "rolebindings", "clusterrolebindings" ->
                policy.withBinding(key.namespace(), key.name(), before, after);
            default -> policy;
        };
    }
}
