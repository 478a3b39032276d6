package dev.waybill.node.agent;

import dev.waybill.node.pod.Admission;
import dev.waybill.node.pod.ContainerSpec;
import dev.waybill.node.pod.ContainerState;
import dev.waybill.node.pod.ImageFacts;
import dev.waybill.node.pod.ObjectSource;
import dev.waybill.node.pod.PodEffect;
import dev.waybill.node.pod.PodFact;
import dev.waybill.node.pod.PodFields;
import dev.waybill.node.pod.PodRecovery;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.pod.PodState;
import dev.waybill.node.storage.ImagePins;
import dev.waybill.node.storage.PodVolumes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out what pods' state machines decide, and tells the log. Thread-safe for different pods. */
final class PodEffects {
    private static final Logger log = LoggerFactory.getLogger(PodEffects.class);

    private final NodeHost host;
    private final NodeEvents events;
    private final ObjectSource objects;
    private final PodSandbox sandboxes;
    private final PodIndex index;
    private final ContainerEffects containers;
    private final ProbeRunner probes;

    PodEffects(
            NodeHost host,
            NodeEvents events,
            UsageSampler usage,
            PodIndex index,
            ObjectSource objects,
            ProbeRunner probes) {
        this.host = host;
        this.events = events;
        this.index = index;
        this.objects = objects;
        PodIsolation isolation = new PodIsolation(host, objects);
        this.sandboxes = new PodSandbox(host, isolation);
        this.containers = new ContainerEffects(host, events, usage, index, objects, isolation);
        this.probes = probes;
    }

    /** What concerns single containers. */
    ContainerEffects containers() {
        return containers;
    }

    /** What came of an effect. */
    record Result(List<PodFact> facts, boolean forgotten) {
        private static final Result NOTHING = new Result(List.of(), false);

        static Result of(PodFact fact) {
            return of(List.of(fact));
        }

        static Result of(List<PodFact> facts) {
            return new Result(facts, false);
        }
    }

    Result carryOut(PodEffect effect, NodeEvents.Subject subject, PodState state, Supplier<String> status) {
        PodSpec pod = subject.pod();
        return switch (effect) {
            case PodEffect.RequestImage(ContainerSpec container, String requestId) -> {
                index.addImageRequest(requestId, pod.uid());
                events.imageWanted(
                        subject, container.image(), container.pullPolicy().text(), requestId);
                yield Result.NOTHING;
            }
            case PodEffect.UseLocalImage(String reference) ->
                host.store()
                        .image(reference)
                        .filter(facts -> ImagePins.pin(pod.uid(), facts))
                        .map(facts -> Result.of(new PodFact.ImageIsReady(reference, facts)))
                        .orElse(Result.NOTHING);
            case PodEffect.CreateSandbox() -> createSandbox(subject, state.sandboxMessage());
            case PodEffect.StartContainer(ContainerSpec container, int attempt, ImageFacts image) ->
                Result.of(containers.start(subject, state, container, attempt, image));
            case PodEffect.UpdateResources(List<ContainerSpec> changed) ->
                Result.of(containers.update(subject, state, changed));
            case PodEffect.RunProbe probe -> {
                probes.run(
                        probe,
                        subject,
                        containers.reference(pod, probe.container().name(), probe.containerId(), probe.attempt()),
                        pod.hostNetwork() ? host.address() : state.podIp());
                yield Result.NOTHING;
            }
            case PodEffect.RunHook hook -> {
                probes.run(
                        hook,
                        subject,
                        containers.reference(pod, hook.container(), hook.containerId(), hook.attempt()),
                        pod.hostNetwork() ? host.address() : state.podIp());
                yield Result.NOTHING;
            }
            case PodEffect.AnnounceBackOff back -> {
                events.containerHeldBack(
                        subject,
                        containers.reference(pod, back.container(), back.containerId(), back.attempt()),
                        Duration.ofMillis(back.delayMillis()),
                        back.message());
                yield Result.NOTHING;
            }
            case PodEffect.SignalContainer(String container, String containerId, int signal) -> {
                containers.signal(pod, container, containerId, signal);
                yield Result.NOTHING;
            }
            case PodEffect.RemoveSandbox() -> Result.of(removed(subject, state));
            case PodEffect.AnnounceTerminated() -> {
                events.podTerminated(subject, status.get());
                yield Result.NOTHING;
            }
            case PodEffect.ForgetPod() -> {
                forget(pod);
                yield new Result(List.of(), true);
            }
        };
    }

    private Result createSandbox(NodeEvents.Subject subject, String lastFailure) {
        long begun = System.nanoTime();
        Optional<PodFact.PodRefused> refusal = Admission.refusal(subject.pod(), host.unsafeSysctls());
        if (refusal.isPresent()) {
            return Result.of(refusal.get());
        }
        objects.prefetch(subject.pod());
        try {
            String address = sandboxes.create(subject.pod());
            events.sandboxCreated(subject, address, Duration.ofNanos(System.nanoTime() - begun));
            return Result.of(new PodFact.SandboxReady(address));
        } catch (RuntimeException e) {
            String message = String.valueOf(e.getMessage());
            if (!message.equals(lastFailure)) {
                log.warn("pod {}: no sandbox: {}", subject.pod().key(), e.toString());
                events.sandboxFailed(subject, message);
            }
            return Result.of(new PodFact.SandboxFailed(message));
        }
    }

    /** A removal that failed is decided again: the sandbox counts as standing. */
    private PodFact removed(NodeEvents.Subject subject, PodState state) {
        long begun = System.nanoTime();
        try {
            removeSandbox(subject.pod(), state);
            events.sandboxRemoved(subject, Duration.ofNanos(System.nanoTime() - begun));
            return new PodFact.SandboxRemoved();
        } catch (RuntimeException e) {
            log.warn("pod {}: the sandbox is not gone yet: {}", subject.pod().key(), e.toString());
            return new PodFact.SandboxKept(String.valueOf(e.getMessage()));
        }
    }

    /** Removes containers that ended, then what they shared. */
    void removeSandbox(PodSpec pod, PodState state) {
        containers.clearAll(pod, state);
        sandboxes.remove(pod);
    }

    /** The state to go on from after the agent was away; who ended meanwhile is told now. */
    PodState recover(NodeEvents.Subject subject, PodState state, Instant now) {
        Map<String, PodRecovery.Found> found = containers.found(subject.pod(), state);
        PodState next = PodRecovery.resume(state, sandboxes.stands(subject.pod()), found, now);
        containers.tellEnded(subject, state, next, found);
        return next;
    }

    /** Replaces tokens before they end. */
    void refreshTokens(PodSpec pod, PodState state) {
        boolean inUse = state.containers().values().stream()
                .anyMatch(container -> container.phase() == ContainerState.Phase.RUNNING);
        if (inUse && objects.tokensDue(pod)) {
            refreshVolumes(pod, state);
        }
    }

    void refreshVolumes(PodSpec pod, PodState state) {
        if (state.sandbox() != PodState.Sandbox.READY || pod.volumes().isEmpty()) {
            return;
        }
        try {
            PodFields fields = new PodFields(pod, pod.hostNetwork() ? host.address() : state.podIp(), host.address());
            PodVolumes.prepare(host.paths(pod.uid()).volumes(), fields, objects);
        } catch (RuntimeException e) {
            log.warn("pod {}: volumes not brought up to date: {}", pod.key(), e.getMessage());
        }
    }

    private void forget(PodSpec pod) {
        index.forget(pod.uid());
        objects.forget(pod);
        host.store().removePod(pod.uid());
        ImagePins.unpin(pod.uid(), host.store().images());
    }
}
