package dev.waybill.node.resources;

import dev.waybill.node.pod.ContainerSpec;
import dev.waybill.node.pod.ContainerSpec.ResourceNeeds;
import dev.waybill.node.pod.PodSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * What a control group may use. Immutable.
 *
 * @param pids 0 is no limit
 * @param hugepages bytes by page size as the kernel writes it, {@code 2MB}
 */
public record CgroupLimits(Cpu cpu, Memory memory, BlockIo io, long pids, Map<String, Long> hugepages) {
    public static final long PERIOD_MICROS = 100_000;

    private static final long MIN_SHARES = 2;
    private static final long MAX_SHARES = 262_144;
    private static final long MIN_QUOTA_MICROS = 1_000;
    private static final long MAX_WEIGHT = 10_000;

    /**
     * CPU.
     *
     * @param shares v1 weight, 2 or more
     * @param quotaMicros CPU time per period; 0 is no limit
     * @param cpus list of CPUs, {@code 0-2,4}; empty is what the parent has
     * @param nodes list of memory nodes; empty is what the parent has
     */
    public record Cpu(long shares, long quotaMicros, long periodMicros, String cpus, String nodes) {
        /** The v2 weight that goes with the shares: 2..262144 mapped to 1..10000. */
        public long weight() {
            return 1 + (shares - MIN_SHARES) * (MAX_WEIGHT - 1) / (MAX_SHARES - MIN_SHARES);
        }
    }

    /**
     * Memory.
     *
     * @param limitBytes 0 is no limit
     * @param withSwapBytes memory and swap together; 0 is no limit
     * @param reservationBytes what reclaim spares; 0 is nothing
     * @param swappiness 0..100; negative is the kernel's default
     * @param oomKillDisabled whether processes wait for memory instead of being killed
     */
    public record Memory(
            long limitBytes, long withSwapBytes, long reservationBytes, int swappiness, boolean oomKillDisabled) {}

    /**
     * Block devices, named {@code major:minor}.
     *
     * @param weight 10..1000; 0 is the kernel's default
     */
    public record BlockIo(
            int weight,
            Map<String, Long> deviceWeights,
            Map<String, Long> readBps,
            Map<String, Long> writeBps,
            Map<String, Long> readIops,
            Map<String, Long> writeIops) {
        public static final BlockIo NONE = new BlockIo(0, Map.of(), Map.of(), Map.of(), Map.of(), Map.of());

        private static final int DEFAULT_WEIGHT = 100;

        private int weightOrDefault() {
            return weight > 0 ? weight : DEFAULT_WEIGHT;
        }

        /** The weights of a group above these: each the heaviest of them; rates hold for those that have them. */
        static BlockIo heaviest(List<BlockIo> groups) {
            boolean weighed = groups.stream().anyMatch(group -> group.weight > 0);
            Map<String, Long> devices = new TreeMap<>();
            for (BlockIo group : groups) {
                group.deviceWeights
                        .keySet()
                        .forEach(device -> groups.forEach(each -> devices.merge(
                                device,
                                each.deviceWeights.getOrDefault(device, (long) each.weightOrDefault()),
                                Math::max)));
            }
            int heaviest =
                    groups.stream().mapToInt(BlockIo::weightOrDefault).max().orElse(0);
            return new BlockIo(weighed ? heaviest : 0, devices, Map.of(), Map.of(), Map.of(), Map.of());
        }
    }

    /** By Kubernetes' formulas, without swap. */
    public static CgroupLimits ofContainer(ResourceNeeds needs, long pids) {
        return new CgroupLimits(
                new Cpu(shares(needs.cpuRequestMillis()), quota(needs.cpuLimitMillis()), PERIOD_MICROS, "", ""),
                new Memory(needs.memoryLimitBytes(), needs.memoryLimitBytes(), 0, -1, false),
                BlockIo.NONE,
                pids,
                Map.of());
    }

    /** A pod's, by its containers' resources alone. */
    public static CgroupLimits ofPod(PodSpec pod, long pids) {
        return ofPod(pod, pids, container -> ofContainer(container.resources(), pids));
    }

    /**
     * Sums, and the pod's overhead on top; a limit that one container lacks, the pod lacks, and so is the memory limit
     * where a container disables the OOM killer. Init containers count as the largest of them. Disks divide their time
     * among pods first, so a pod weighs there as its heaviest container.
     */
    public static CgroupLimits ofPod(PodSpec pod, long pids, Function<ContainerSpec, CgroupLimits> limitsOf) {
        List<CgroupLimits> together = new ArrayList<>();
        List<CgroupLimits> alone = new ArrayList<>();
        pod.lastingContainers()
                .forEach(container ->
                        (pod.runsBesideOthers(container) ? together : alone).add(limitsOf.apply(container)));
        ResourceNeeds overhead = pod.overhead();
        long shares = sum(together, alone, limits -> limits.cpu().shares()) + overhead.cpuRequestMillis() * 1024 / 1000;
        // The pod's group pays for the kernel's memory of its containers' groups, so it is full first and would kill.
        boolean waiting = pod.allContainers()
                .anyMatch(container -> limitsOf.apply(container).memory().oomKillDisabled());
        ToLongFunction<CgroupLimits> memory =
                limits -> waiting ? 0 : limits.memory().limitBytes();
        ToLongFunction<CgroupLimits> withSwap =
                limits -> waiting ? 0 : limits.memory().withSwapBytes();
        return new CgroupLimits(
                new Cpu(
                        Math.clamp(shares, MIN_SHARES, MAX_SHARES),
                        limited(together, alone, CgroupLimits::quotaPerDefaultPeriod, quota(overhead.cpuLimitMillis())),
                        PERIOD_MICROS,
                        "",
                        ""),
                new Memory(
                        limited(together, alone, memory, overhead.memoryLimitBytes()),
                        limited(together, alone, withSwap, overhead.memoryLimitBytes()),
                        0,
                        -1,
                        false),
                BlockIo.heaviest(Stream.concat(together.stream(), alone.stream())
                        .map(CgroupLimits::io)
                        .toList()),
                pids,
                hugepages(together, alone));
    }

    /** Limits of a group that may hold either; only those that a pod has are compared. */
    public static CgroupLimits larger(CgroupLimits first, CgroupLimits second) {
        Map<String, Long> pages = new TreeMap<>(first.hugepages());
        second.hugepages().forEach((size, bytes) -> pages.merge(size, bytes, Math::max));
        return new CgroupLimits(
                new Cpu(
                        Math.max(first.cpu().shares(), second.cpu().shares()),
                        larger(first.cpu().quotaMicros(), second.cpu().quotaMicros()),
                        PERIOD_MICROS,
                        "",
                        ""),
                new Memory(
                        larger(first.memory().limitBytes(), second.memory().limitBytes()),
                        larger(first.memory().withSwapBytes(), second.memory().withSwapBytes()),
                        0,
                        -1,
                        false),
                BlockIo.heaviest(List.of(first.io(), second.io())),
                larger(first.pids(), second.pids()),
                pages);
    }

    private static long larger(long first, long second) {
        return first == 0 || second == 0 ? 0 : Math.max(first, second);
    }

    private static long quotaPerDefaultPeriod(CgroupLimits limits) {
        // Rounded up: the kernel wants no child to have a larger part of its period than its parent.
        return Math.ceilDiv(
                limits.cpu().quotaMicros() * PERIOD_MICROS, limits.cpu().periodMicros());
    }

    private static Map<String, Long> hugepages(List<CgroupLimits> together, List<CgroupLimits> alone) {
        Map<String, Long> pages = new TreeMap<>();
        together.forEach(limits -> limits.hugepages().forEach((size, bytes) -> pages.merge(size, bytes, Long::sum)));
        alone.forEach(limits -> limits.hugepages().forEach((size, bytes) -> pages.merge(size, bytes, Math::max)));
        return pages;
    }

    private static long limited(
            List<CgroupLimits> together, List<CgroupLimits> alone, ToLongFunction<CgroupLimits> limit, long overhead) {
        boolean all = together.stream().allMatch(limits -> limit.applyAsLong(limits) > 0)
                && alone.stream().allMatch(limits -> limit.applyAsLong(limits) > 0);
        return all ? sum(together, alone, limit) + overhead : 0;
    }

    private static long sum(
            List<CgroupLimits> together, List<CgroupLimits> alone, ToLongFunction<CgroupLimits> amount) {
        return Math.max(
                together.stream().mapToLong(amount).sum(),
                alone.stream().mapToLong(amount).max().orElse(0));
    }

    /** 1024 shares per core. */
    public static long shares(long cpuMillis) {
        return Math.clamp(cpuMillis * 1024 / 1000, MIN_SHARES, MAX_SHARES);
    }

    public static long quota(long cpuMillis) {
        return quota(cpuMillis, PERIOD_MICROS);
    }

    static long quota(long cpuMillis, long periodMicros) {
        return cpuMillis == 0 ? 0 : Math.max(cpuMillis * periodMicros / 1000, MIN_QUOTA_MICROS);
    }
}
