package dev.waybill.node.pod;

import dev.waybill.node.pod.ContainerSpec.ResourceNeeds;
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
        return reached.phase() == Phase.RUNNING
                && !needsRestart(container, reached)
                && (resources == null || resources.outOfDate(container.wishes(), now));
    }

    /** Whether what changed reaches the container by a restart only, as its resizePolicy says. */
    static boolean needsRestart(ContainerSpec container, ContainerState reached) {
        ResourceState resources = reached.resources();
        if (resources == null || reached.phase() != Phase.RUNNING) {
            return false;
        }
        ResourceNeeds before = resources.inForce().resources();
        ResourceNeeds after = container.resources();
        boolean cpu = before.cpuLimitMillis() != after.cpuLimitMillis()
                || before.cpuRequestMillis() != after.cpuRequestMillis();
        boolean memory = before.memoryLimitBytes() != after.memoryLimitBytes()
                || before.memoryRequestBytes() != after.memoryRequestBytes();
        return (cpu && container.restartsOnResize().contains("cpu"))
                || (memory && container.restartsOnResize().contains("memory"));
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
