package dev.waybill.node.agent;

import dev.waybill.node.pod.ContainerSpec;
import dev.waybill.node.pod.ContainerState;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.pod.PodState;
import dev.waybill.node.pod.PodStateMachine;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends the processes of one pod on the caller's thread, when the node itself ends. Used by one thread. */
final class ProcessEnding {
    private static final Logger log = LoggerFactory.getLogger(ProcessEnding.class);
    private static final Duration AFTER_KILL = Duration.ofSeconds(5);

    private final ContainerProcess processes;
    private final PodSpec pod;

    ProcessEnding(ContainerProcess processes, PodSpec pod) {
        this.processes = processes;
        this.pod = pod;
    }

    void end(PodState state, Duration grace) {
        List<ContainerState> running = state.containers().values().stream()
                .filter(container -> container.phase() == ContainerState.Phase.RUNNING)
                .toList();
        List<ContainerState> asked = running.stream().filter(this::runs).toList();
        asked.forEach(container -> signal(container, container.stopSignal().number()));
        await(asked, grace);
        List<ContainerState> left = running.stream().filter(this::runs).toList();
        left.forEach(container -> signal(container, PodStateMachine.SIGKILL));
        await(left, AFTER_KILL);
    }

    private boolean runs(ContainerState container) {
        ContainerSpec spec = pod.allContainers()
                .filter(candidate -> candidate.name().equals(container.name()))
                .findFirst()
                .orElseThrow();
        return processes.ended(pod, container, spec).isEmpty();
    }

    private void signal(ContainerState container, int signal) {
        try {
            processes.signal(container.containerId(), signal);
        } catch (RuntimeException e) {
            log.warn("pod {}: {} did not take signal {}: {}", pod.key(), container.name(), signal, e.toString());
        }
    }

    private void await(List<ContainerState> containers, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (System.nanoTime() < deadline && containers.stream().anyMatch(this::runs)) {
            try {
                Thread.sleep(Duration.ofMillis(20));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
