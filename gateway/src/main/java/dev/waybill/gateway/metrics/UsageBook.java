package dev.waybill.gateway.metrics;

import dev.waybill.events.ContainerRef;
import dev.waybill.events.ContainerUsageSampled;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The last two samples of every container that runs, in memory: some 200 bytes a container, gone two minutes after the
 * last sample. A container has a rate from its second sample on. Thread-safe.
 */
public final class UsageBook {
    private static final Duration KEPT = Duration.ofMinutes(2);
    private static final Duration SWEEP_EVERY = Duration.ofSeconds(30);
    private static final int MOST_PODS = 200_000;
    private static final double NANOS = 1e9;

    private final Clock clock;
    private final Map<String, Pod> pods = new ConcurrentHashMap<>();
    private volatile Instant swept = Instant.EPOCH;

    public UsageBook(Clock clock) {
        this.clock = clock;
    }

    /** The newest sample of a container, and what it used since the one before. */
    private record Point(
            String containerId,
            Instant at,
            long cpuNanos,
            @Nullable ContainerUse use) {}

    /** One pod's containers by name; guarded by itself. */
    private static final class Pod {
        private final Map<String, Point> containers = new TreeMap<>();
        private Instant last = Instant.EPOCH;
    }

    public void note(ContainerUsageSampled sample) {
        sweep();
        ContainerRef container = sample.getContainer();
        Pod pod = pods.get(container.getPodUid());
        if (pod == null) {
            if (pods.size() >= MOST_PODS) {
                return;
            }
            pod = pods.computeIfAbsent(container.getPodUid(), _ -> new Pod());
        }
        synchronized (pod) {
            Point before = pod.containers.get(container.getContainerName());
            if (before != null && !sample.getSampledAt().isAfter(before.at())) {
                return;
            }
            pod.containers.put(container.getContainerName(), point(sample, before));
            pod.last = sample.getSampledAt();
        }
    }

    private static Point point(ContainerUsageSampled sample, @Nullable Point before) {
        ContainerRef container = sample.getContainer();
        ContainerUse use = null;
        if (before != null && before.containerId().equals(container.getContainerId())) {
            Duration window = Duration.between(before.at(), sample.getSampledAt());
            double seconds = window.toNanos() / NANOS;
            long nanos = Math.max(0, sample.getCpuNanos() - before.cpuNanos());
            use = new ContainerUse(
                    container.getContainerName(),
                    sample.getSampledAt(),
                    window,
                    Math.round(nanos / seconds),
                    sample.getMemoryWorkingSetBytes());
        }
        return new Point(container.getContainerId(), sample.getSampledAt(), sample.getCpuNanos(), use);
    }

    /** What a pod's containers use, by name; empty while nothing is known that is new enough. */
    public List<ContainerUse> of(String podUid) {
        Pod pod = pods.get(podUid);
        if (pod == null) {
            return List.of();
        }
        Instant oldest = clock.instant().minus(KEPT);
        List<ContainerUse> uses = new ArrayList<>();
        synchronized (pod) {
            for (Point point : pod.containers.values()) {
                if (point.use() != null && point.at().isAfter(oldest)) {
                    uses.add(point.use());
                }
            }
        }
        return uses;
    }

    private void sweep() {
        Instant now = clock.instant();
        if (now.isBefore(swept.plus(SWEEP_EVERY))) {
            return;
        }
        swept = now;
        Instant oldest = now.minus(KEPT);
        pods.values().removeIf(pod -> {
            synchronized (pod) {
                pod.containers.values().removeIf(point -> point.at().isBefore(oldest));
                return pod.last.isBefore(oldest);
            }
        });
    }
}
