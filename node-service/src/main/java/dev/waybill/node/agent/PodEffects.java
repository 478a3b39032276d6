package dev.waybill.node.agent;

import dev.waybill.events.ContainerRef;
import dev.waybill.node.oci.CommandFailedException;
import dev.waybill.node.pod.ContainerConfigException;
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
import dev.waybill.node.pod.PodStateMachine;
import dev.waybill.node.pod.StopSignal;
import dev.waybill.node.pod.Sysctls;
import dev.waybill.node.pod.Termination;
import dev.waybill.node.storage.ImagePins;
import dev.waybill.node.storage.PodVolumes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out what pods' state machines decide, and tells the log. Thread-safe for different pods. */
final class PodEffects {
    private static final Logger log = LoggerFactory.getLogger(PodEffects.class);
    private static final int FORGOTTEN_KEPT = 10_000;

    private final NodeHost host;
    private final NodeEvents events;
    private final UsageSampler usage;
    private final ObjectSource objects;
    private final PodSandbox sandboxes;
    private final ContainerProcess processes;
    private final ContainerUpdate updates;
    private final ProbeRunner probes;
    private final Map<String, String> podsByContainer = new ConcurrentHashMap<>();
    private final Map<String, String> podsByImageRequest = new ConcurrentHashMap<>();
    private final Set<String> forgotten = Collections.synchronizedSet(Collections.newSetFromMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > FORGOTTEN_KEPT;
        }
    }));

    PodEffects(NodeHost host, NodeEvents events, UsageSampler usage, ObjectSource objects, ProbeRunner probes) {
        this.host = host;
        this.events = events;
        this.usage = usage;
        this.objects = objects;
        PodIsolation isolation = new PodIsolation(host, objects);
        this.sandboxes = new PodSandbox(host, isolation);
        this.processes = new ContainerProcess(host, objects, isolation);
        this.updates = new ContainerUpdate(host);
        this.probes = probes;
    }

    /** What came of an effect. */
    record Result(List<PodFact> facts, boolean forgotten) {
        private static final Result NOTHING = new Result(List.of(), false);

        static Result of(PodFact fact) {
            return new Result(List.of(fact), false);
        }
    }

    /** The pod whose container this is, if it is one of this node's. */
    Optional<String> podOfContainer(String containerId) {
        return Optional.ofNullable(podsByContainer.get(containerId));
    }

    /** The pod that asked for an image under this id. */
    Optional<String> podOfImageRequest(String requestId) {
        return Optional.ofNullable(podsByImageRequest.get(requestId));
    }

    boolean isForgotten(String podUid) {
        return forgotten.contains(podUid);
    }

    Result carryOut(PodEffect effect, NodeEvents.Subject subject, PodState state, Supplier<String> status) {
        PodSpec pod = subject.pod();
        return switch (effect) {
            case PodEffect.RequestImage(ContainerSpec container, String requestId) -> {
                podsByImageRequest.put(requestId, pod.uid());
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
                started(start(subject, state, container, attempt, image), image);
            case PodEffect.UpdateResources(List<ContainerSpec> containers) -> update(subject, state, containers);
            case PodEffect.RunProbe probe -> {
                probes.run(
                        probe,
                        subject,
                        reference(pod, probe.container().name(), probe.containerId(), probe.attempt()),
                        pod.hostNetwork() ? host.address() : state.podIp());
                yield Result.NOTHING;
            }
            case PodEffect.RunHook hook -> {
                probes.run(
                        hook,
                        subject,
                        reference(pod, hook.container(), hook.containerId(), hook.attempt()),
                        pod.hostNetwork() ? host.address() : state.podIp());
                yield Result.NOTHING;
            }
            case PodEffect.AnnounceBackOff back -> {
                events.containerHeldBack(
                        subject,
                        reference(pod, back.container(), back.containerId(), back.attempt()),
                        Duration.ofMillis(back.delayMillis()),
                        back.message());
                yield Result.NOTHING;
            }
            case PodEffect.SignalContainer(String container, String containerId, int signal) -> {
                signal(pod, container, containerId, signal);
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

    private Result update(NodeEvents.Subject subject, PodState state, List<ContainerSpec> containers) {
        PodSpec pod = subject.pod();
        List<PodFact> facts = new ArrayList<>();
        for (ContainerUpdate.Outcome outcome : updates.update(pod, state, containers)) {
            ContainerSpec container = outcome.container();
            ContainerState reached = state.container(container.name());
            ContainerRef reference = reference(pod, container.name(), reached.containerId(), outcome.attempt());
            if (outcome.limits() != null) {
                events.containerResourcesUpdated(subject, reference, outcome.limits(), outcome.waiting());
                facts.add(new PodFact.ResourcesUpdated(container.name(), outcome.attempt(), container.wishes()));
            } else {
                boolean told = reached.resources() != null
                        && container.wishes().equals(reached.resources().refused());
                if (!told) {
                    events.containerResourcesRefused(subject, reference, outcome.refusal());
                }
                facts.add(new PodFact.ResourcesRefused(
                        container.name(), outcome.attempt(), container.wishes(), outcome.refusal()));
            }
        }
        return new Result(facts, false);
    }

    private Result createSandbox(NodeEvents.Subject subject, String lastFailure) {
        long begun = System.nanoTime();
        Optional<String> forbidden = Sysctls.forbidden(subject.pod(), host.unsafeSysctls());
        if (forbidden.isPresent()) {
            return Result.of(new PodFact.PodRefused(Sysctls.REASON, forbidden.get()));
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

    private PodFact start(
            NodeEvents.Subject subject, PodState state, ContainerSpec container, int attempt, ImageFacts image) {
        PodSpec pod = subject.pod();
        String id = PodPaths.containerId(pod.uid(), container.name(), attempt);
        ContainerRef reference = reference(pod, container.name(), id, attempt);
        podsByContainer.put(id, pod.uid());
        try {
            updates.makeRoom(pod, state);
            ContainerProcess.Started started = processes.start(
                    pod,
                    container,
                    attempt,
                    image,
                    state.podIp(),
                    processNamespace(pod, state, container),
                    created -> events.containerCreated(subject, reference, image));
            events.containerStarted(subject, reference, started.pid(), started.at(), started.limits());
            sayUnknownStopSignal(pod, image);
            return new PodFact.ContainerRuns(container.name(), attempt, id, started.pid(), started.at());
        } catch (ContainerConfigException e) {
            return new PodFact.ContainerNotStarted(
                    container.name(), attempt, e.reason(), String.valueOf(e.getMessage()));
        } catch (CommandFailedException e) {
            log.warn("pod {}: container {}: {}", pod.key(), container.name(), e.getMessage());
            return new PodFact.ContainerNotStarted(
                    container.name(), attempt, "RunContainerError", String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            log.warn("pod {}: container {}: {}", pod.key(), container.name(), e.toString(), e);
            return new PodFact.ContainerNotStarted(
                    container.name(), attempt, "CreateContainerError", String.valueOf(e.getMessage()));
        }
    }

    private static void sayUnknownStopSignal(PodSpec pod, ImageFacts image) {
        if (!image.stopSignal().isEmpty()
                && StopSignal.parse(image.stopSignal()).isEmpty()) {
            log.warn(
                    "pod {}: image {} wants to be stopped by \"{}\", which is no signal: it is {}",
                    pod.key(),
                    image.reference(),
                    image.stopSignal(),
                    StopSignal.TERM.name());
        }
    }

    /** An image whose layers are not there any more, by whatever hand, is asked for again. */
    private static Result started(PodFact fact, ImageFacts image) {
        boolean gone = fact instanceof PodFact.ContainerNotStarted
                && !image.layerPaths().stream().allMatch(layer -> Files.isDirectory(Path.of(layer)));
        return gone ? new Result(List.of(fact, new PodFact.ImageIsGone(image.reference())), false) : Result.of(fact);
    }

    /** The process namespace of the running container that an ephemeral one looks at; null for one of its own. */
    private static @Nullable Path processNamespace(PodSpec pod, PodState state, ContainerSpec container) {
        return container.target().isEmpty() || pod.hostPid()
                ? null
                : Path.of("/proc/" + state.container(container.target()).pid() + "/ns/pid");
    }

    private void signal(PodSpec pod, String container, String containerId, int signal) {
        try {
            processes.signal(containerId, signal);
        } catch (RuntimeException e) {
            log.warn("pod {}: container {} did not take signal {}: {}", pod.key(), container, signal, e.toString());
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
        for (ContainerState container : state.containers().values()) {
            processes.clear(pod, container.name(), container.attempt());
        }
        sandboxes.remove(pod);
    }

    /** How a container ended, with its last use metered; empty while it runs. */
    Optional<Termination> ended(NodeEvents.Subject subject, ContainerState container) {
        PodSpec pod = subject.pod();
        ContainerSpec spec = spec(pod, container.name());
        Optional<Termination> termination = processes.ended(pod, container, spec);
        termination.ifPresent(end -> {
            ContainerRef reference = reference(pod, container.name(), end.containerId(), container.attempt());
            usage.sample(pod, container);
            events.containerExited(subject, reference, end, spec.resources().memoryLimitBytes());
        });
        return termination;
    }

    void clear(PodSpec pod, ContainerState container) {
        podsByContainer.remove(PodPaths.containerId(pod.uid(), container.name(), container.attempt()));
        processes.clear(pod, container.name(), container.attempt());
    }

    boolean runs(ContainerState container) {
        return processes.runs(container);
    }

    /** Whether a container that is thought to run is not known to its runtime any more. */
    boolean gone(PodSpec pod, ContainerState container) {
        return processes.find(pod, container, spec(pod, container.name())) instanceof PodRecovery.Found.Lost;
    }

    Termination lost(ContainerState container, Instant now) {
        return new Termination(
                container.containerId(),
                128 + PodStateMachine.SIGKILL,
                Termination.UNKNOWN,
                "The container's process is gone and left no exit code",
                false,
                container.startedAt(),
                now);
    }

    /** The state to go on from after the agent was away. */
    PodState recover(PodSpec pod, PodState state, Instant now) {
        Map<String, PodRecovery.Found> found = new HashMap<>();
        for (ContainerState container : state.containers().values()) {
            if (container.phase() == ContainerState.Phase.RUNNING
                    || container.phase() == ContainerState.Phase.STARTING) {
                podsByContainer.put(PodPaths.containerId(pod.uid(), container.name(), container.attempt()), pod.uid());
                found.put(container.name(), processes.find(pod, container, spec(pod, container.name())));
            }
        }
        return PodRecovery.resume(state, sandboxes.stands(pod), found, now);
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

    /** The stop signal of each, then SIGKILL after the grace period; returns when all processes ended or 5 s after the SIGKILL. */
    void endProcesses(PodSpec pod, PodState state, Duration grace) {
        new ProcessEnding(processes, pod).end(state, grace);
    }

    private void forget(PodSpec pod) {
        forgotten.add(pod.uid());
        objects.forget(pod);
        podsByContainer.values().removeIf(pod.uid()::equals);
        podsByImageRequest.values().removeIf(pod.uid()::equals);
        host.store().removePod(pod.uid());
        ImagePins.unpin(pod.uid(), host.store().images());
    }

    private ContainerRef reference(PodSpec pod, String container, String containerId, int attempt) {
        return ContainerRef.newBuilder()
                .setNodeName(host.name())
                .setPodUid(pod.uid())
                .setNamespace(pod.namespace())
                .setPodName(pod.name())
                .setContainerName(container)
                .setContainerId(containerId)
                .setAttempt(attempt)
                .build();
    }

    private static ContainerSpec spec(PodSpec pod, String container) {
        return pod.allContainers()
                .filter(candidate -> candidate.name().equals(container))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("pod " + pod.key() + " has no container " + container));
    }
}
