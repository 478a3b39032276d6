package dev.waybill.gateway.rbac;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Everything that one subject may do, put together from its bindings. Immutable.
 *
 * @param everywhere by ClusterRoleBindings
 * @param byNamespace by RoleBindings
 * @param problems roles that are bound and do not exist
 */
public record Rights(List<PolicyRule> everywhere, Map<String, List<PolicyRule>> byNamespace, List<String> problems) {

    /** Whether a rule allows it. */
    public boolean allow(Attempt attempt) {
        for (PolicyRule rule : everywhere) {
            if (rule.allows(attempt)) {
                return true;
            }
        }
        if (attempt instanceof Attempt.OnResource on && !on.namespace().isEmpty()) {
            for (PolicyRule rule : byNamespace.getOrDefault(on.namespace(), List.of())) {
                if (rule.allows(attempt)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The rules that hold in a namespace; at the cluster's scope when it is empty. */
    public List<PolicyRule> in(String namespace) {
        List<PolicyRule> rules = new ArrayList<>(everywhere);
        rules.addAll(byNamespace.getOrDefault(namespace, List.of()));
        return rules;
    }
}
