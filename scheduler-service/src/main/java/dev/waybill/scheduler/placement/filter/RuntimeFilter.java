package dev.waybill.scheduler.placement.filter;

import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.placement.NodeFilter;
import dev.waybill.scheduler.placement.PodNeeds;
import java.util.Optional;
import java.util.function.Function;

/**
 * The node has the runtime that the pod's RuntimeClass names, and that runtime has user namespaces where the pod wants its
 * own (ADR 32). A node that does not say which it has may have all, and a class that is not known yet may name any.
 */
public final class RuntimeFilter implements NodeFilter {
    private final Function<String, Optional<String>> handlers;

    /** {@code handlers} knows the handler of a RuntimeClass; the class without a name has the one without. */
    public RuntimeFilter(Function<String, Optional<String>> handlers) {
        this.handlers = handlers;
    }

    @Override
    public Optional<String> reject(PodNeeds pod, NodeView node) {
        boolean plain = pod.runtimeClass().isEmpty() && !pod.ownUsers();
        if (plain || node.runtimes().isEmpty()) {
            return Optional.empty();
        }
        Optional<String> handler = handlers.apply(pod.runtimeClass());
        if (handler.isEmpty()) {
            return Optional.empty();
        }
        Boolean userNamespaces = node.runtimes().get(handler.get());
        if (userNamespaces == null) {
            return Optional.of("node(s) didn't have the runtime handler \"" + handler.get() + "\"");
        }
        return pod.ownUsers() && !userNamespaces
                ? Optional.of("node(s) didn't have user namespaces for the pod's runtime")
                : Optional.empty();
    }
}
