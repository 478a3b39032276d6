package dev.waybill.node.pod;

import dev.waybill.node.pod.ContainerState.Phase;
import dev.waybill.node.pod.PodState.Sandbox;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The life of a pod on a node. {@code decide} says what to do and which state that leads to; {@code replay} folds
 * what happened into the state. Pure.
 *
 * <p>Sandbox: NONE -> CREATING -> READY -> REMOVING -> REMOVED; images are asked for beside it. Init containers run
 * one after another, then all containers; one that ends is started again as the restart policy says, the first time
 * at once, then after a back-off. Ephemeral containers start whatever the others do, and once. A pod that is deleted, gone or
 * finished is ended (PodEnding).
 */
public final class PodStateMachine {
    public static final int SIGTERM = 15;
    public static final int SIGKILL = 9;

    private static final Duration SANDBOX_RETRY = Duration.ofSeconds(2);
    private static final Duration CONFIG_RETRY = Duration.ofSeconds(10);

    private PodStateMachine() {}

    /** The state after deciding, and what to do. */
    public record Decision(PodState state, List<PodEffect> effects) {}

    /** What to do next. {@code requestId} names the image requests of this decision. */
    public static Decision decide(PodSpec pod, PodState state, Instant now, String requestId) {
        List<PodEffect> effects = new ArrayList<>();
        if (state.terminated()) {
            if (state.gone()) {
                effects.add(new PodEffect.ForgetPod());
            }
            return new Decision(state, effects);
        }
        PodState next = restartEnded(pod, withDeadline(pod, state, now), now, effects);
        if (stopping(pod, next)) {
            next = PodEnding.end(pod, next, now, effects);
        } else {
            next = ImageRequests.decide(pod, next, now, requestId, effects);
            next = sandbox(next, now, effects);
            next = start(pod, next, now, effects);
            ContainerResizing.decide(pod, next, now).ifPresent(effects::add);
            next = ContainerHooks.begin(pod, next, now, effects);
            next = ContainerProbing.decide(pod, next, now, effects);
            next = PodEnding.endToRestart(pod, next, now, effects);
        }
        return new Decision(next, effects);
    }

    /** The pod has nothing left to run. */
    public static boolean finished(PodSpec pod, PodState state) {
        return initFailed(pod, state)
                || pod.containers().stream()
                        .allMatch(container -> state.container(container.name()).phase() == Phase.ENDED);
    }

    static boolean initFailed(PodSpec pod, PodState state) {
        return pod.initContainers().stream()
                .filter(container -> !container.sidecar())
                .anyMatch(container -> {
                    ContainerState reached = state.container(container.name());
                    return reached.phase() == Phase.ENDED && !reached.succeeded();
                });
    }

    private static boolean stopping(PodSpec pod, PodState state) {
        return pod.deleting() || state.gone() || state.overForGood() || finished(pod, state);
    }

    /** A pod that runs for as long as it may is ended for good; one that has finished is not. */
    private static PodState withDeadline(PodSpec pod, PodState state, Instant now) {
        boolean passed = pod.activeDeadline() != null
                && !state.overForGood()
                && passed(state.startTime(), pod.activeDeadline(), now)
                && !finished(pod, state);
        return passed ? state.withDeadlinePassed(now) : state;
    }

    private static PodState restartEnded(PodSpec pod, PodState state, Instant now, List<PodEffect> effects) {
        PodState next = state;
        if (pod.deleting() || state.gone() || state.overForGood() || state.sandbox() == Sandbox.REMOVED) {
            return next;
        }
        boolean mainsDone = pod.containers().stream().allMatch(container -> {
            ContainerState reached = state.container(container.name());
            return reached.phase() == Phase.ENDED && !restarts(pod, container, reached);
        });
        for (ContainerSpec container : pod.allContainers().toList()) {
            ContainerState ended = next.container(container.name());
            boolean pointless = mainsDone && container.sidecar();
            if (ended.phase() == Phase.ENDED && !pointless && restarts(pod, container, ended)) {
                next = next.with(restart(pod, ended, now, effects));
            }
        }
        return next;
    }

    private static boolean restarts(PodSpec pod, ContainerSpec container, ContainerState ended) {
        int exitCode = ended.last() == null ? 0 : ended.last().exitCode();
        if (container.sidecar()) {
            return true;
        }
        if (pod.ephemeralContainers().contains(container)) {
            return false;
        }
        if (pod.initContainers().contains(container)) {
            return exitCode != 0 && pod.restartPolicy() != PodSpec.RestartPolicy.NEVER;
        }
        return pod.restartPolicy().restarts(exitCode);
    }

    private static ContainerState restart(PodSpec pod, ContainerState ended, Instant now, List<PodEffect> effects) {
        Instant finished = ended.last() == null ? now : ended.last().finishedAt();
        if (!ended.backOff().appliesTo(finished)) {
            return ended.nextAttempt(
                    ContainerState.CREATING, "", null, ended.backOff().next(finished));
        }
        BackOff inForce = ended.backOff();
        String message = "back-off " + inForce.text() + " restarting failed container=" + ended.name() + " pod="
                + pod.name() + "_" + pod.namespace() + "(" + pod.uid() + ")";
        Instant retryAt = finished.plus(inForce.delay());
        ContainerState waiting = ended.nextAttempt(ContainerState.CRASH_LOOP, message, retryAt, inForce.next(retryAt));
        effects.add(new PodEffect.AnnounceBackOff(
                ended.name(), waiting.attempt(), ended.containerId(), inForce.millis(), message));
        return waiting;
    }

    private static PodState sandbox(PodState state, Instant now, List<PodEffect> effects) {
        if (state.sandbox() != Sandbox.NONE || !reached(state.sandboxRetryAt(), now)) {
            return state;
        }
        effects.add(new PodEffect.CreateSandbox());
        return state.with(Sandbox.CREATING, "", state.sandboxMessage(), null);
    }

    private static PodState start(PodSpec pod, PodState state, Instant now, List<PodEffect> effects) {
        if (state.sandbox() != Sandbox.READY) {
            return state;
        }
        PodState next = EphemeralStarts.decide(pod, state, now, effects);
        for (ContainerSpec init : pod.initContainers()) {
            next = startOne(init, next, now, effects);
            ContainerState reached = next.container(init.name());
            boolean done = init.sidecar() ? ContainerProbing.started(init, reached) : reached.succeeded();
            if (!done) {
                return next;
            }
        }
        for (ContainerSpec container : pod.containers()) {
            next = startOne(container, next, now, effects);
        }
        return next;
    }

    static PodState startOne(ContainerSpec container, PodState state, Instant now, List<PodEffect> effects) {
        ContainerState waiting = state.container(container.name());
        ImageFacts facts = state.image(container.image()).facts();
        if (waiting.phase() != Phase.WAITING || facts == null || !reached(waiting.retryAt(), now)) {
            return state;
        }
        effects.add(new PodEffect.StartContainer(container, waiting.attempt(), facts));
        return state.with(waiting.starting(container.wishes(), StopSignal.of(container, facts)));
    }

    /** The state after something happened. A fact about another attempt than the present one changes nothing. */
    public static PodState replay(PodSpec pod, PodState state, PodFact fact, Instant now) {
        return switch (fact) {
            case PodFact.ImageIsReady ready ->
                state.images().containsKey(ready.reference())
                                && state.image(ready.reference()).phase() != ImageState.Phase.READY
                        ? state.with(state.image(ready.reference()).ready(ready.facts(), now))
                        : state;
            case PodFact.ImageIsGone(String reference) -> state.with(ImageState.wanted(reference));
            case PodFact.ImageFailed failed ->
                state.image(failed.reference()).phase() == ImageState.Phase.REQUESTED
                        ? state.with(state.image(failed.reference()).failed(failed.reason(), failed.message(), now))
                        : state;
            case PodFact.SandboxReady ready -> state.with(Sandbox.READY, ready.podIp(), "", null);
            case PodFact.SandboxFailed failed ->
                state.with(Sandbox.NONE, "", failed.message(), now.plus(SANDBOX_RETRY));
            case PodFact.PodRefused refused ->
                state.refused(new PodState.Ending(refused.reason(), "Pod was rejected: " + refused.message()));
            case PodFact.SandboxLost() -> state.with(Sandbox.NONE, "", "", null);
            case PodFact.SandboxKept kept ->
                state.with(Sandbox.READY, state.podIp(), kept.message(), now.plus(SANDBOX_RETRY));
            case PodFact.SandboxRemoved() -> state.with(Sandbox.REMOVED, state.podIp(), "", null);
            case PodFact.ContainerRuns runs -> {
                ContainerState container = state.container(runs.container());
                yield container.attempt() == runs.attempt() && container.phase() == Phase.STARTING
                        ? state.with(container.running(runs.containerId(), runs.pid(), runs.startedAt()))
                        : state;
            }
            case PodFact.ContainerNotStarted not -> notStarted(state, not, now);
            case PodFact.ContainerEnded ended -> {
                ContainerState container = state.container(ended.container());
                yield container.attempt() == ended.attempt() && container.live()
                        ? state.with(container.ended(ended.termination()))
                        : state;
            }
            case PodFact.ResourcesUpdated updated -> ContainerResizing.replay(state, updated);
            case PodFact.ResourcesRefused refused -> ContainerResizing.replay(state, refused, now);
            case PodFact.ProbeAnswered answered -> ContainerProbing.replay(pod, state, answered);
            case PodFact.HookEnded ended -> ContainerHooks.replay(state, ended, now);
            case PodFact.ObjectArrived() -> retryConfiguration(state, now);
            case PodFact.ClockMoved(Duration by) -> ClockShift.of(state, by);
            case PodFact.Evicted evicted ->
                finished(pod, state) ? state : state.ended(new PodState.Ending("Evicted", evicted.message()));
            case PodFact.PodGone() -> state.withGone();
        };
    }

    private static PodState notStarted(PodState state, PodFact.ContainerNotStarted not, Instant now) {
        ContainerState container = state.container(not.container());
        if (container.attempt() != not.attempt() || container.phase() != Phase.STARTING) {
            return state;
        }
        if (not.reason().equals("RunContainerError")) {
            // The runtime refused the process (no such file, not executable): it counts as a crash, as in Kubernetes.
            return state.with(
                    container.ended(new Termination("", 128, Termination.CANNOT_RUN, not.message(), false, null, now)));
        }
        return state.with(container.waiting(not.reason(), not.message(), now.plus(CONFIG_RETRY)));
    }

    private static PodState retryConfiguration(PodState state, Instant now) {
        PodState next = state;
        for (ContainerState container : state.containers().values()) {
            if (container.phase() == Phase.WAITING
                    && container.retryAt() != null
                    && !container.waitingReason().equals(ContainerState.CRASH_LOOP)) {
                next = next.with(container.waiting(container.waitingReason(), container.waitingMessage(), now));
            }
        }
        return next;
    }

    static boolean reached(@Nullable Instant when, Instant now) {
        return when == null || !now.isBefore(when);
    }

    static boolean passed(Instant since, Duration duration, Instant now) {
        return !now.isBefore(since.plus(duration));
    }
}
