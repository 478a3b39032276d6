package dev.waybill.node.pod;

import dev.waybill.node.pod.ContainerState.Phase;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Changes of what containers may use while they run (Kubernetes' in-place resize). Pure. */
final class ContainerResizing {
    private static final Duration RETRY = Duration.ofSeconds(10);

    private ContainerResizing() {}

    /** One effect for all containers of the pod, since its control group changes with them. */
    static Optional<PodEffect> decide(PodSpec pod, PodState state, Instant now) {
        List<ContainerSpec> changed = pod.allContainers()
                .filter(container -> outOfDate(container, state.container(container.name()), now))
                .toList();
        return changed.isEmpty() ? Optional.empty() : Optional.of(new PodEffect.UpdateResources(changed));
    }

    private static boolean outOfDate(ContainerSpec container, ContainerState reached, Instant now) {
        ResourceState resources = reached.resources();
        return reached.phase() == Phase.RUNNING && (resources == null || resources.outOfDate(container.wishes(), now));
    }

    static PodState replay(PodState state, PodFact.ResourcesUpdated fact) {
        ContainerState container = state.container(fact.container());
        return container.attempt() == fact.attempt() && container.phase() == Phase.RUNNING
                ? state.with(container.with(ResourceState.of(fact.wishes())))
                : state;
    }

    static PodState replay(PodState state, PodFact.ResourcesRefused fact, Instant now) {
        ContainerState container = state.container(fact.container());
        ResourceState resources = container.resources();
        if (container.attempt() != fact.attempt() || container.phase() != Phase.RUNNING) {
            return state;
        }
        ResourceState before = resources == null ? ResourceState.of(fact.wishes()) : resources;
        return state.with(container.with(before.refusing(fact.wishes(), fact.message(), now.plus(RETRY))));
    }
}
