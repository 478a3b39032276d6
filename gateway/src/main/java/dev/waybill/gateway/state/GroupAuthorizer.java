package dev.waybill.gateway.state;

import java.util.Set;

/**
 * The rights that are built in: administrators may do everything, the services what their work needs, publishers what
 * an editor may. Stateless, thread-safe.
 */
public final class GroupAuthorizer implements Authorizer {
    public static final String ADMINISTRATORS = "system:masters";
    public static final String PUBLISHER = "system:publisher:";
    public static final String SERVICE = "system:waybill:";

    /** Who writes Events, and may write nothing else. */
    public static final String EVENTS = SERVICE + "events";

    private static final String RBAC = "rbac.authorization.k8s.io";
    /** What a publisher may not touch: its requests are readable in the log, and the cluster is not its own. */
    private static final Set<String> NOT_BY_EVENT =
            Set.of("secrets", "nodes", "serviceaccounts", "namespaces", "events", "resourcequotas", "limitranges");

    @Override
    public boolean allows(Attempt attempt) {
        if (attempt.groups().contains(ADMINISTRATORS)) {
            return true;
        }
        ResourceKey key = attempt.key();
        if (attempt.user().equals(EVENTS)) {
            return key.group().isEmpty() && key.resource().equals("events");
        }
        if (attempt.user().startsWith(SERVICE)) {
            return !key.group().equals(RBAC);
        }
        if (attempt.user().startsWith(PUBLISHER)) {
            boolean builtIn = key.group().isEmpty() && NOT_BY_EVENT.contains(key.resource());
            boolean subresource =
                    attempt.subresource().isEmpty() || attempt.subresource().equals("scale");
            return subresource
                    && !builtIn
                    && !key.group().equals(RBAC)
                    && !key.namespace().isEmpty();
        }
        return false;
    }
}
