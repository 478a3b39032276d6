package dev.waybill.node.pod;

import dev.waybill.node.pod.ContainerState.Phase;
import dev.waybill.node.pod.ProbeSpec.Action;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lifecycle hooks: PostStart runs beside a container that was just started and ends it when it fails; PreStop runs before
 * the stop signal, within the grace period, of which two seconds more are given when it used all. Pure.
 */
final class ContainerHooks {
    /** A first process has at least this long between the stop signal and SIGKILL. */
    private static final Duration LEAST_GRACE = Duration.ofSeconds(2);

    /** PostStart may take as long as it wants, as with Kubernetes; nobody waits for ever, though. */
    private static final Duration POST_START_LIMIT = Duration.ofHours(24);

    private ContainerHooks() {}

    /** Begins PostStart of containers that have just been started. */
    static PodState begin(PodSpec pod, PodState state, Instant now, List<PodEffect> effects) {
        PodState next = state;
        for (ContainerSpec container : pod.allContainers().toList()) {
            Action action = container.lifecycle().hooks().get(Hook.POST_START);
            ContainerState reached = next.container(container.name());
            if (action != null
                    && reached.phase() == Phase.RUNNING
                    && reached.hookState().postStartAt() == null) {
                effects.add(run(reached, Hook.POST_START, action, POST_START_LIMIT));
                next = next.with(reached.with(reached.hookState().postStartBegun(now)));
            }
        }
        return next;
    }

    /** Whether the container has to end for its PostStart. */
    static boolean failed(ContainerState reached) {
        return reached.phase() == Phase.RUNNING && reached.hookState().postStartFailed();
    }

    /** The container's next state while PreStop runs or begins; null when it is time for the stop signal. */
    static @Nullable ContainerState beforeTerm(
            ContainerSpec spec, ContainerState container, Duration grace, Instant now, List<PodEffect> effects) {
        Action action = spec.lifecycle().hooks().get(Hook.PRE_STOP);
        if (action == null) {
            return null;
        }
        Instant begun = container.hookState().preStopAt();
        if (begun == null) {
            effects.add(run(container, Hook.PRE_STOP, action, grace));
            return container.with(container.hookState().preStopBegun(now));
        }
        boolean over = container.hookState().preStopDoneAt() != null || !now.isBefore(begun.plus(grace));
        return over ? null : container;
    }

    /** When SIGKILL follows the stop signal. */
    static Instant killAt(ContainerState container, Instant term, Duration grace) {
        Instant begun = container.hookState().preStopAt();
        if (begun == null || grace.isZero()) {
            return term.plus(grace);
        }
        Instant end = begun.plus(grace);
        Instant least = term.plus(LEAST_GRACE);
        return end.isAfter(least) ? end : least;
    }

    static PodState replay(PodState state, PodFact.HookEnded ended, Instant now) {
        ContainerState container = state.container(ended.container());
        boolean current = container.attempt() == ended.attempt() && container.phase() == Phase.RUNNING;
        return current
                ? state.with(container.with(container.hookState().ended(ended.hook(), ended.well(), now)))
                : state;
    }

    private static PodEffect run(ContainerState container, Hook hook, Action action, Duration limit) {
        return new PodEffect.RunHook(
                container.name(), container.attempt(), container.containerId(), hook, action, limit);
    }
}
