package dev.waybill.node.agent;

import dev.waybill.node.cgroup.CgroupLimitException;
import dev.waybill.node.pod.ContainerConfigException;
import dev.waybill.node.pod.ContainerSpec;
import dev.waybill.node.pod.ContainerSpec.Wishes;
import dev.waybill.node.pod.ContainerState;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.pod.PodState;
import dev.waybill.node.resources.CgroupLimits;
import dev.waybill.node.resources.ContainerLimits;
import dev.waybill.node.resources.Knob;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes the control groups of a pod whose containers run: the pod's grows first and shrinks last, so no container is
 * ever held by its pod below what it may use itself. Thread-safe for different pods.
 */
final class ContainerUpdate {
    private static final Logger log = LoggerFactory.getLogger(ContainerUpdate.class);

    private final NodeHost host;

    ContainerUpdate(NodeHost host) {
        this.host = host;
    }

    /**
     * What came of one container's change.
     *
     * @param limits as read back, null when it was refused
     * @param waiting annotations whose change the next start will bring
     */
    record Outcome(
            ContainerSpec container,
            int attempt,
            @Nullable Map<String, String> limits,
            List<String> waiting,
            String refusal) {}

    /** Lets the pod's group hold what its containers may use, before one of them starts. */
    void makeRoom(PodSpec pod, PodState state) {
        CgroupLimits before = host.limitsOf(pod.with(inForce(state)));
        apply(host.paths(pod.uid()).podGroup(pod), CgroupLimits.larger(before, host.limitsOf(pod)));
    }

    List<Outcome> update(PodSpec pod, PodState state, List<ContainerSpec> containers) {
        List<Outcome> outcomes = new ArrayList<>();
        Map<String, Wishes> reached = inForce(state);
        try {
            makeRoom(pod, state);
        } catch (CgroupLimitException e) {
            containers.forEach(container -> outcomes.add(refused(container, state, String.valueOf(e.getMessage()))));
            return outcomes;
        }
        for (ContainerSpec container : containers) {
            Outcome outcome = update(pod, state, container, reached.get(container.name()));
            if (outcome.limits() != null) {
                reached.put(container.name(), container.wishes());
            }
            outcomes.add(outcome);
        }
        try {
            apply(host.paths(pod.uid()).podGroup(pod), host.limitsOf(pod.with(reached)));
        } catch (CgroupLimitException e) {
            // Its containers' own limits hold; the pod's stays wider.
            log.warn("pod {}: {}", pod.key(), e.getMessage());
        }
        return outcomes;
    }

    private Outcome update(PodSpec pod, PodState state, ContainerSpec container, @Nullable Wishes before) {
        String group = host.paths(pod.uid()).containerGroup(pod, container.name());
        try {
            ContainerLimits wanted = host.limitsOf(pod, container);
            long limit = wanted.cgroup().memory().limitBytes();
            long used = host.cgroups().usage(group).workingSetBytes();
            if (limit > 0 && used > limit) {
                return refused(container, state, "memory limit of " + limit + " bytes: the container uses " + used);
            }
            Map<String, String> limits = host.cgroups().apply(group, wanted.cgroup());
            return new Outcome(
                    container, state.container(container.name()).attempt(), limits, waiting(container, before), "");
        } catch (ContainerConfigException e) {
            return refused(container, state, String.valueOf(e.getMessage()));
        } catch (CgroupLimitException e) {
            restore(pod, container, before, group);
            return refused(container, state, String.valueOf(e.getMessage()));
        }
    }

    private void restore(PodSpec pod, ContainerSpec container, @Nullable Wishes before, String group) {
        if (before == null) {
            return;
        }
        try {
            PodSpec earlier = pod.with(Map.of(container.name(), before));
            ContainerSpec spec = earlier.allContainers()
                    .filter(candidate -> candidate.name().equals(container.name()))
                    .findFirst()
                    .orElseThrow();
            host.cgroups().apply(group, host.limitsOf(earlier, spec).cgroup());
        } catch (RuntimeException e) {
            log.warn("pod {}: limits of {} not restored: {}", pod.key(), container.name(), e.getMessage());
        }
    }

    private void apply(String group, CgroupLimits limits) {
        host.cgroups().apply(group, limits);
    }

    private static Outcome refused(ContainerSpec container, PodState state, String reason) {
        return new Outcome(container, state.container(container.name()).attempt(), null, List.of(), reason);
    }

    private static Map<String, Wishes> inForce(PodState state) {
        Map<String, Wishes> wishes = new HashMap<>();
        for (ContainerState container : state.containers().values()) {
            if (container.phase() == ContainerState.Phase.RUNNING && container.resources() != null) {
                wishes.put(container.name(), container.resources().inForce());
            }
        }
        return wishes;
    }

    /** Annotations that changed and that only a start can carry out. */
    private static List<String> waiting(ContainerSpec container, @Nullable Wishes before) {
        if (before == null) {
            return List.of();
        }
        TreeSet<String> keys = new TreeSet<>(container.knobs().keySet());
        keys.addAll(before.knobs().keySet());
        keys.removeIf(key -> Objects.equals(
                        container.knobs().get(key), before.knobs().get(key))
                || Knob.of(key.substring(key.indexOf('/') + 1)).map(Knob::live).orElse(true));
        return List.copyOf(keys);
    }
}
