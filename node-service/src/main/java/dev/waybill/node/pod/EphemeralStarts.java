package dev.waybill.node.pod;

import dev.waybill.node.pod.ContainerState.Phase;
import java.time.Instant;
import java.util.List;

/**
 * Starts ephemeral containers: at once, as in Kubernetes even before the init containers, so that a pod that does not
 * come up can be looked at; one with a target waits until that runs, since it joins its process namespace. Pure.
 */
final class EphemeralStarts {
    static final String NO_TARGET = "CreateContainerConfigError";

    private EphemeralStarts() {}

    static PodState decide(PodSpec pod, PodState state, Instant now, List<PodEffect> effects) {
        PodState next = state;
        for (ContainerSpec container : pod.ephemeralContainers()) {
            ContainerState reached = next.container(container.name());
            boolean joins = container.target().isEmpty()
                    || next.container(container.target()).phase() == Phase.RUNNING;
            if (joins) {
                next = PodStateMachine.startOne(container, next, now, effects);
            } else if (reached.phase() == Phase.WAITING) {
                next = next.with(reached.waiting(
                        NO_TARGET, "unable to find target container \"" + container.target() + "\"", null));
            }
        }
        return next;
    }
}
