package dev.waybill.gateway.auth;

import dev.waybill.events.objects.NodeKey;
import dev.waybill.gateway.rbac.Subject;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;

/** Tells which node calls, by a credential that it signs with its own key (ADR 23). Thread-safe. */
public final class NodeCredentials {
    private final NodeKey cluster;
    private final Clock clock;

    /** @param cluster the key that each node's is derived from */
    public NodeCredentials(NodeKey cluster, Clock clock) {
        this.cluster = cluster;
        this.clock = clock;
    }

    Optional<Identity> identity(String token) {
        return cluster.nodeOf(token, clock.instant())
                .map(node ->
                        Identity.of(new Subject(Subject.NODE + node, Set.of(Subject.NODES, Subject.AUTHENTICATED))));
    }
}
