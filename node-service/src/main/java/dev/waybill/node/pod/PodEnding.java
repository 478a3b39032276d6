package dev.waybill.node.pod;

import static dev.waybill.node.pod.PodStateMachine.SIGKILL;
import static dev.waybill.node.pod.PodStateMachine.passed;
import static dev.waybill.node.pod.PodStateMachine.reached;

import dev.waybill.node.pod.ContainerState.Phase;
import dev.waybill.node.pod.PodState.Sandbox;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How containers and pods end: PreStop, the container's stop signal, after the grace period SIGKILL, repeated until the
 * process is gone; a pod loses its sandbox when nothing runs any more. Pure.
 */
final class PodEnding {
    private static final Duration KILL_AGAIN = Duration.ofSeconds(5);
    /** An evicted pod has next to no time (kubelet: immediateEvictionGracePeriodSeconds). */
    private static final Duration EVICTION_GRACE = Duration.ofSeconds(1);

    private PodEnding() {}

    /** Containers that failed their probes, or whose change of resources takes a restart, end and are started again as the restart policy says. */
    static PodState endToRestart(PodSpec pod, PodState state, Instant now, List<PodEffect> effects) {
        PodState next = state;
        for (ContainerSpec container : pod.allContainers().toList()) {
            ContainerState reached = next.container(container.name());
            Optional<Duration> grace =
                    ContainerResizing.needsRestart(container, reached) || ContainerHooks.failed(reached)
                            ? Optional.of(Duration.ofSeconds(pod.gracePeriodSeconds()))
                            : ContainerProbing.grace(pod, container, reached);
            if (grace.isPresent()) {
                next = next.with(end(container, next, grace.get(), now, effects));
            }
        }
        return next;
    }

    /** The next step to the end of the whole pod. */
    static PodState end(PodSpec pod, PodState state, Instant now, List<PodEffect> effects) {
        PodState next = state;
        Duration grace = state.gone()
                ? Duration.ZERO
                : state.ending() != null ? EVICTION_GRACE : Duration.ofSeconds(pod.gracePeriodSeconds());
        for (ContainerSpec spec : pod.allContainers().toList()) {
            ContainerState container = state.container(spec.name());
            if (container.phase() == Phase.RUNNING && (grace.isZero() || Sidecars.mayEnd(pod, state, spec))) {
                Duration own = spec.sidecar() ? Sidecars.grace(pod, container, grace, now) : grace;
                next = next.with(end(spec, next, own, now, effects));
            }
        }
        if (next.anyLive() || next.sandbox() == Sandbox.CREATING || next.sandbox() == Sandbox.REMOVING) {
            return next;
        }
        if (next.sandbox() != Sandbox.REMOVED && !reached(next.sandboxRetryAt(), now)) {
            return next;
        }
        if (next.sandbox() != Sandbox.REMOVED) {
            effects.add(new PodEffect.RemoveSandbox());
            return next.with(Sandbox.REMOVING, next.podIp(), "", null);
        }
        if (pod.deleting() || next.gone()) {
            effects.add(new PodEffect.AnnounceTerminated());
            if (next.gone()) {
                effects.add(new PodEffect.ForgetPod());
            }
            return next.withTerminated();
        }
        return next;
    }

    private static ContainerState end(
            ContainerSpec spec, PodState state, Duration grace, Instant now, List<PodEffect> effects) {
        ContainerState container = state.container(spec.name());
        Instant term = container.termSentAt();
        if (term == null && !grace.isZero()) {
            ContainerState preStop = ContainerHooks.beforeTerm(spec, container, grace, now, effects);
            if (preStop != null) {
                return preStop;
            }
            int signal = container.stopSignal().number();
            effects.add(new PodEffect.SignalContainer(container.name(), container.containerId(), signal));
            return container.signalled(now, null);
        }
        Instant began = term == null ? now : term;
        Instant killed = container.killSentAt();
        boolean due = !now.isBefore(ContainerHooks.killAt(container, began, grace));
        if (due && (killed == null || passed(killed, KILL_AGAIN, now))) {
            effects.add(new PodEffect.SignalContainer(container.name(), container.containerId(), SIGKILL));
            return container.signalled(began, now);
        }
        return container;
    }
}
