package dev.waybill.node.pod;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Sidecars (restartable init containers) serve the other containers, so they end after them, the last one started first,
 * in what is left of the pod's grace period. Pure.
 */
final class Sidecars {
    /** What a sidecar has at least when the others used the whole grace period. */
    private static final Duration LEAST = Duration.ofSeconds(2);

    private Sidecars() {}

    /** Whether nobody needs the container any more; always so for one that is no sidecar. */
    static boolean mayEnd(PodSpec pod, PodState state, ContainerSpec container) {
        if (!container.sidecar()) {
            return true;
        }
        boolean othersLive = pod.lastingContainers()
                .filter(other -> !other.sidecar())
                .anyMatch(other -> state.container(other.name()).live());
        List<ContainerSpec> inits = pod.initContainers();
        boolean laterLive = inits.subList(inits.indexOf(container) + 1, inits.size()).stream()
                .anyMatch(later -> state.container(later.name()).live());
        return !othersLive && !laterLive;
    }

    /** How long it has since its stop signal: until the time at which the pod was to be gone. */
    static Duration grace(PodSpec pod, ContainerState container, Duration grace, Instant now) {
        if (pod.deletionTimestamp() == null || grace.compareTo(LEAST) < 0) {
            return grace;
        }
        Instant began = container.termSentAt() == null ? now : container.termSentAt();
        Duration left = Duration.between(began, pod.deletionTimestamp());
        Duration own = left.compareTo(grace) < 0 ? left : grace;
        return own.compareTo(LEAST) < 0 ? LEAST : own;
    }
}
