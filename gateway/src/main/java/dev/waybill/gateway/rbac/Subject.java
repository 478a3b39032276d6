package dev.waybill.gateway.rbac;

import java.util.Set;

/** Whose rights are asked for. Immutable. */
public record Subject(String user, Set<String> groups) {
    /** The group whose members may do everything, whatever the roles say. */
    public static final String ADMINISTRATORS = "system:masters";

    public static final String AUTHENTICATED = "system:authenticated";
    public static final String UNAUTHENTICATED = "system:unauthenticated";
    public static final String ANONYMOUS = "system:anonymous";

    /** What the names of other systems, which publish requests to topics of their own, begin with. */
    public static final String PUBLISHER = "system:publisher:";

    /** What the names of Waybill's own services begin with. */
    public static final String SERVICE = "system:waybill:";

    /** Reconcilers and placement. */
    public static final String SCHEDULER = SERVICE + "scheduler";

    /** Who writes Events, and may write nothing else. */
    public static final String EVENTS = SERVICE + "events";

    /** Who fills Secrets with tokens of ServiceAccounts. */
    public static final String TOKENS = SERVICE + "tokens";

    /** Who signs certificates. */
    public static final String CERTIFICATES = SERVICE + "certificates";

    public static final String NODE = "system:node:";
    public static final String NODES = "system:nodes";
    public static final String SERVICE_ACCOUNT = "system:serviceaccount:";
    public static final String SERVICE_ACCOUNTS = "system:serviceaccounts";

    public Subject {
        groups = Set.copyOf(groups);
    }

    /** Whether nothing is refused to it. */
    public boolean isAdministrator() {
        return groups.contains(ADMINISTRATORS);
    }
}
