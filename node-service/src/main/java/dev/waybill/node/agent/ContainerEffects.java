package dev.waybill.node.agent;

import dev.waybill.events.ContainerRef;
import dev.waybill.node.oci.CommandFailedException;
import dev.waybill.node.pod.ContainerConfigException;
import dev.waybill.node.pod.ContainerSpec;
import dev.waybill.node.pod.ContainerState;
import dev.waybill.node.pod.ImageFacts;
import dev.waybill.node.pod.ObjectSource;
import dev.waybill.node.pod.PodFact;
import dev.waybill.node.pod.PodRecovery;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.pod.PodState;
import dev.waybill.node.pod.PodStateMachine;
import dev.waybill.node.pod.StopSignal;
import dev.waybill.node.pod.Termination;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out what is decided of single containers, finds out how they are, and tells the log. Thread-safe for different pods. */
final class ContainerEffects {
    private static final Logger log = LoggerFactory.getLogger(ContainerEffects.class);

    private final NodeHost host;
    private final NodeEvents events;
    private final UsageSampler usage;
    private final PodIndex index;
    private final ContainerProcess processes;
    private final ContainerUpdate updates;

    ContainerEffects(
            NodeHost host,
            NodeEvents events,
            UsageSampler usage,
            PodIndex index,
            ObjectSource objects,
            PodIsolation isolation) {
        this.host = host;
        this.events = events;
        this.usage = usage;
        this.index = index;
        this.processes = new ContainerProcess(host, objects, isolation);
        this.updates = new ContainerUpdate(host);
    }

    /** Starts a container; an image whose layers are not there any more, by whatever hand, is asked for again. */
    List<PodFact> start(
            NodeEvents.Subject subject, PodState state, ContainerSpec container, int attempt, ImageFacts image) {
        PodFact fact = started(subject, state, container, attempt, image);
        boolean gone = fact instanceof PodFact.ContainerNotStarted
                && !image.layerPaths().stream().allMatch(layer -> Files.isDirectory(Path.of(layer)));
        return gone ? List.of(fact, new PodFact.ImageIsGone(image.reference())) : List.of(fact);
    }

    private PodFact started(
            NodeEvents.Subject subject, PodState state, ContainerSpec container, int attempt, ImageFacts image) {
        PodSpec pod = subject.pod();
        String id = PodPaths.containerId(pod.uid(), container.name(), attempt);
        ContainerRef reference = reference(pod, container.name(), id, attempt);
        index.addContainer(id, pod.uid());
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

    /** The process namespace of the running container that an ephemeral one looks at; null for one of its own. */
    private static @Nullable Path processNamespace(PodSpec pod, PodState state, ContainerSpec container) {
        return container.target().isEmpty() || pod.hostPid()
                ? null
                : Path.of("/proc/" + state.container(container.target()).pid() + "/ns/pid");
    }

    void signal(PodSpec pod, String container, String containerId, int signal) {
        try {
            processes.signal(containerId, signal);
        } catch (RuntimeException e) {
            log.warn("pod {}: container {} did not take signal {}: {}", pod.key(), container, signal, e.toString());
        }
    }

    List<PodFact> update(NodeEvents.Subject subject, PodState state, List<ContainerSpec> containers) {
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
        return facts;
    }

    /** How a container ended, with its last use metered; empty while it runs. */
    Optional<Termination> ended(NodeEvents.Subject subject, ContainerState container) {
        PodSpec pod = subject.pod();
        Optional<Termination> termination = processes.ended(pod, container, spec(pod, container.name()));
        termination.ifPresent(end -> tellExit(subject, container, end));
        return termination;
    }

    private void tellExit(NodeEvents.Subject subject, ContainerState container, Termination end) {
        PodSpec pod = subject.pod();
        ContainerRef reference = reference(pod, container.name(), end.containerId(), container.attempt());
        usage.sample(pod, container);
        events.containerExited(
                subject, reference, end, spec(pod, container.name()).resources().memoryLimitBytes());
    }

    void clear(PodSpec pod, ContainerState container) {
        index.removeContainer(PodPaths.containerId(pod.uid(), container.name(), container.attempt()));
        processes.clear(pod, container.name(), container.attempt());
    }

    boolean runs(ContainerState container) {
        return processes.runs(container);
    }

    /**
     * Ends a container whose shim was killed: nobody reads what it writes, so its next word kills it or blocks it, and
     * nobody learns how it ends. containerd does the same.
     */
    void endWithoutShim(PodSpec pod, ContainerState container) {
        // A shim ends after its process: what has just ended by itself is not held either.
        if (!processes.held(pod, container) && processes.runs(container)) {
            log.warn("pod {}: container {} has lost its shim and is ended", pod.key(), container.name());
            signal(pod, container.name(), container.containerId(), PodStateMachine.SIGKILL);
        }
    }

    /** Whether a container that is thought to run is not known to its runtime any more. */
    boolean gone(PodSpec pod, ContainerState container) {
        return processes.find(pod, container, spec(pod, container.name())) instanceof PodRecovery.Found.Lost;
    }

    /** The end of a container that left no exit code, told like any other. */
    Termination lost(NodeEvents.Subject subject, ContainerState container, Instant now) {
        Termination end = new Termination(
                container.containerId(),
                128 + PodStateMachine.SIGKILL,
                Termination.UNKNOWN,
                Termination.NOT_LOCATED,
                false,
                container.startedAt(),
                now);
        tellExit(subject, container, end);
        return end;
    }

    void clearAll(PodSpec pod, PodState state) {
        for (ContainerState container : state.containers().values()) {
            processes.clear(pod, container.name(), container.attempt());
        }
    }

    /** What became of containers that were starting or running while the agent was away. */
    Map<String, PodRecovery.Found> found(PodSpec pod, PodState state) {
        Map<String, PodRecovery.Found> found = new HashMap<>();
        for (ContainerState container : state.containers().values()) {
            if (container.phase() == ContainerState.Phase.RUNNING
                    || container.phase() == ContainerState.Phase.STARTING) {
                index.addContainer(PodPaths.containerId(pod.uid(), container.name(), container.attempt()), pod.uid());
                found.put(container.name(), processes.find(pod, container, spec(pod, container.name())));
            }
        }
        return found;
    }

    /** Tells of the containers that were found to have ended while the agent was away. */
    void tellEnded(NodeEvents.Subject subject, PodState before, PodState after, Map<String, PodRecovery.Found> found) {
        found.forEach((name, how) -> {
            Termination end = after.container(name).last();
            if (end != null && (how instanceof PodRecovery.Found.Ended || how instanceof PodRecovery.Found.Lost)) {
                tellExit(subject, before.container(name), end);
            }
        });
    }

    /** The stop signal of each, then SIGKILL after the grace period; returns when all processes ended or 5 s after the SIGKILL. */
    void endAll(PodSpec pod, PodState state, Duration grace) {
        new ProcessEnding(processes, pod).end(state, grace);
    }

    ContainerRef reference(PodSpec pod, String container, String containerId, int attempt) {
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
