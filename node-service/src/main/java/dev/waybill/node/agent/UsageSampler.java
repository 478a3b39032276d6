package dev.waybill.node.agent;

import dev.waybill.events.ContainerRef;
import dev.waybill.events.ContainerUsageSampled;
import dev.waybill.node.cgroup.CgroupUsage;
import dev.waybill.node.pod.ContainerState;
import dev.waybill.node.pod.PodSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads what containers use from their control groups and tells the log. Thread-safe. */
final class UsageSampler {
    private static final Logger log = LoggerFactory.getLogger(UsageSampler.class);

    private final NodeHost host;
    private final NodeEvents events;
    private final Clock clock;

    UsageSampler(NodeHost host, NodeEvents events, Clock clock) {
        this.host = host;
        this.events = events;
        this.clock = clock;
    }

    /** Bytes that a pod received and sent. */
    record NetworkUse(long received, long sent) {
        static final NetworkUse NONE = new NetworkUse(0, 0);
    }

    void sample(PodSpec pod, ContainerState container) {
        Optional<CgroupUsage> found = use(pod, container.name());
        if (found.isEmpty()) {
            return;
        }
        CgroupUsage use = found.get();
        boolean first = pod.containers().getFirst().name().equals(container.name());
        NetworkUse network = first && !pod.hostNetwork() ? network(container.pid()) : NetworkUse.NONE;
        events.usage(
                pod.uid(),
                ContainerUsageSampled.newBuilder()
                        .setContainer(ContainerRef.newBuilder()
                                .setNodeName(host.name())
                                .setPodUid(pod.uid())
                                .setNamespace(pod.namespace())
                                .setPodName(pod.name())
                                .setContainerName(container.name())
                                .setContainerId(container.containerId())
                                .setAttempt(container.attempt())
                                .build())
                        .setSampledAt(clock.instant())
                        .setCpuNanos(use.cpuNanos())
                        .setMemoryUsageBytes(use.memoryBytes())
                        .setMemoryWorkingSetBytes(use.workingSetBytes())
                        .setIoReadBytes(use.ioReadBytes())
                        .setIoWriteBytes(use.ioWriteBytes())
                        .setNetworkReceiveBytes(network.received())
                        .setNetworkTransmitBytes(network.sent())
                        .setPids(use.pids())
                        .build());
    }

    /** What a container has used so far; empty when it has ended meanwhile. */
    Optional<CgroupUsage> use(PodSpec pod, String container) {
        try {
            return Optional.of(host.cgroups().usage(host.paths(pod.uid()).containerGroup(pod, container)));
        } catch (UncheckedIOException e) {
            log.debug("no usage of {} of pod {}: {}", container, pod.key(), e.getMessage());
            return Optional.empty();
        }
    }

    /** eth0 of the network namespace that a process is in (proc(5), /proc/PID/net/dev). */
    private static NetworkUse network(int pid) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/net/dev"))) {
                String text = line.strip();
                if (text.startsWith("eth0:")) {
                    String[] words = text.substring(5).strip().split("\\s+", -1);
                    return new NetworkUse(Long.parseLong(words[0]), Long.parseLong(words[8]));
                }
            }
        } catch (IOException e) {
            return NetworkUse.NONE;
        }
        return NetworkUse.NONE;
    }
}
