package dev.waybill.quota.metering;

import dev.waybill.events.ContainerUsageSampled;
import dev.waybill.events.UsageReported;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Turns samples of running totals into use over fixed windows. A counter that is smaller than before began anew. A
 * sample that comes twice adds nothing. What a crash loses is the open window at most. Confined to one thread.
 */
public final class UsageMeter {
    private static final double NANOS = 1e9;

    private final Duration window;
    private final Map<String, ContainerUsageSampled> last = new HashMap<>();
    private final Map<String, ContainerUsageSampled> lastOfNetwork = new HashMap<>();
    private final Map<String, Use> pods = new TreeMap<>();
    private Instant windowStart = Instant.EPOCH;

    private static final class Use {
        final String namespace;
        final String podName;
        double cpuCoreSeconds;
        double memoryByteSeconds;
        long ioBytes;
        long networkBytes;
        int samples;

        Use(String namespace, String podName) {
            this.namespace = namespace;
            this.podName = podName;
        }

        void add(Use other) {
            cpuCoreSeconds += other.cpuCoreSeconds;
            memoryByteSeconds += other.memoryByteSeconds;
            ioBytes += other.ioBytes;
            networkBytes += other.networkBytes;
            samples += other.samples;
        }
    }

    public UsageMeter(Duration window) {
        this.window = window;
    }

    /** Folds a sample in; returns the reports of the window that it closes, if any. */
    public List<UsageReported> sample(ContainerUsageSampled sample) {
        Instant start = startOf(sample.getSampledAt());
        List<UsageReported> closed = List.of();
        if (start.isAfter(windowStart)) {
            closed = close();
            windowStart = start;
        }
        ContainerUsageSampled before = last.get(sample.getContainer().getContainerId());
        if (before != null && !sample.getSampledAt().isAfter(before.getSampledAt())) {
            return closed;
        }
        last.put(sample.getContainer().getContainerId(), sample);
        Use use = pods.computeIfAbsent(
                sample.getContainer().getPodUid(),
                uid -> new Use(
                        sample.getContainer().getNamespace(),
                        sample.getContainer().getPodName()));
        use.samples++;
        use.networkBytes += networkRise(sample);
        if (before == null) {
            use.cpuCoreSeconds += sample.getCpuNanos() / NANOS;
            use.ioBytes += sample.getIoReadBytes() + sample.getIoWriteBytes();
            return closed;
        }
        double seconds =
                Duration.between(before.getSampledAt(), sample.getSampledAt()).toMillis() / 1_000.0;
        use.cpuCoreSeconds += risen(before.getCpuNanos(), sample.getCpuNanos()) / NANOS;
        use.memoryByteSeconds +=
                (before.getMemoryWorkingSetBytes() + sample.getMemoryWorkingSetBytes()) / 2.0 * seconds;
        use.ioBytes += risen(before.getIoReadBytes(), sample.getIoReadBytes())
                + risen(before.getIoWriteBytes(), sample.getIoWriteBytes());
        return closed;
    }

    /** A pod's network outlives its containers, so what they tell of it in turn is one counter; zeros tell nothing. */
    private long networkRise(ContainerUsageSampled sample) {
        if (sample.getNetworkReceiveBytes() == 0 && sample.getNetworkTransmitBytes() == 0) {
            return 0;
        }
        ContainerUsageSampled before = lastOfNetwork.put(sample.getContainer().getPodUid(), sample);
        return before == null
                ? sample.getNetworkReceiveBytes() + sample.getNetworkTransmitBytes()
                : risen(before.getNetworkReceiveBytes(), sample.getNetworkReceiveBytes())
                        + risen(before.getNetworkTransmitBytes(), sample.getNetworkTransmitBytes());
    }

    /** Ends the window if it is over at that time. */
    public List<UsageReported> tick(Instant now) {
        if (pods.isEmpty() || startOf(now).equals(windowStart)) {
            return List.of();
        }
        List<UsageReported> closed = close();
        windowStart = startOf(now);
        return closed;
    }

    private List<UsageReported> close() {
        List<UsageReported> reports = new ArrayList<>();
        Map<String, Use> namespaces = new TreeMap<>();
        pods.forEach((uid, use) -> {
            reports.add(report(use.namespace, uid, use.podName, use));
            namespaces.computeIfAbsent(use.namespace, name -> new Use(name, "")).add(use);
        });
        namespaces.forEach((name, use) -> reports.add(report(name, "", "", use)));
        pods.clear();
        Instant forgotten = windowStart.minus(window.multipliedBy(10));
        last.values().removeIf(sample -> sample.getSampledAt().isBefore(forgotten));
        lastOfNetwork.values().removeIf(sample -> sample.getSampledAt().isBefore(forgotten));
        return reports;
    }

    private UsageReported report(String namespace, String podUid, String podName, Use use) {
        return UsageReported.newBuilder()
                .setNamespace(namespace)
                .setPodUid(podUid)
                .setPodName(podName)
                .setWindowStart(windowStart)
                .setWindowEnd(windowStart.plus(window))
                .setCpuCoreSeconds(use.cpuCoreSeconds)
                .setMemoryByteSeconds(use.memoryByteSeconds)
                .setIoBytes(use.ioBytes)
                .setNetworkBytes(use.networkBytes)
                .setSamples(use.samples)
                .build();
    }

    private Instant startOf(Instant time) {
        long millis = window.toMillis();
        return Instant.ofEpochMilli(Math.floorDiv(time.toEpochMilli(), millis) * millis);
    }

    private static long risen(long before, long now) {
        return now >= before ? now - before : now;
    }
}
