package dev.waybill.node.cgroup;

import dev.waybill.node.pod.ContainerSpec.ResourceNeeds;
import dev.waybill.node.pod.PodSpec;
import java.util.List;

/**
 * What a control group may use, by Kubernetes' formulas. Immutable.
 *
 * @param cpuShares v1 weight, 2 or more
 * @param cpuQuotaMicros CPU time per period; 0 is no limit
 * @param memoryBytes 0 is no limit
 * @param pids 0 is no limit
 */
public record CgroupLimits(long cpuShares, long cpuQuotaMicros, long memoryBytes, long pids) {
    public static final long PERIOD_MICROS = 100_000;

    private static final long MIN_SHARES = 2;
    private static final long MAX_SHARES = 262_144;
    private static final long MIN_QUOTA_MICROS = 1_000;
    private static final long MAX_WEIGHT = 10_000;

    public static CgroupLimits ofContainer(ResourceNeeds needs, long pids) {
        return new CgroupLimits(
                shares(needs.cpuRequestMillis()), quota(needs.cpuLimitMillis()), needs.memoryLimitBytes(), pids);
    }

    /** Sums; a limit that one container lacks, the pod lacks. Init containers count as the largest of them. */
    public static CgroupLimits ofPod(PodSpec pod, long pids) {
        List<ResourceNeeds> mains = needs(pod, true);
        List<ResourceNeeds> inits = needs(pod, false);
        long requests = Math.max(
                mains.stream().mapToLong(ResourceNeeds::cpuRequestMillis).sum(),
                inits.stream().mapToLong(ResourceNeeds::cpuRequestMillis).max().orElse(0));
        boolean cpuLimited = all(mains, inits).stream().allMatch(need -> need.cpuLimitMillis() > 0);
        boolean memoryLimited = all(mains, inits).stream().allMatch(need -> need.memoryLimitBytes() > 0);
        long cpu = Math.max(
                mains.stream().mapToLong(ResourceNeeds::cpuLimitMillis).sum(),
                inits.stream().mapToLong(ResourceNeeds::cpuLimitMillis).max().orElse(0));
        long memory = Math.max(
                mains.stream().mapToLong(ResourceNeeds::memoryLimitBytes).sum(),
                inits.stream().mapToLong(ResourceNeeds::memoryLimitBytes).max().orElse(0));
        return new CgroupLimits(shares(requests), cpuLimited ? quota(cpu) : 0, memoryLimited ? memory : 0, pids);
    }

    private static List<ResourceNeeds> needs(PodSpec pod, boolean together) {
        return pod.allContainers()
                .filter(container -> (pod.containers().contains(container) || container.sidecar()) == together)
                .map(container -> container.resources())
                .toList();
    }

    private static List<ResourceNeeds> all(List<ResourceNeeds> first, List<ResourceNeeds> second) {
        return java.util.stream.Stream.concat(first.stream(), second.stream()).toList();
    }

    /** 1024 shares per core. */
    public static long shares(long cpuMillis) {
        return Math.clamp(cpuMillis * 1024 / 1000, MIN_SHARES, MAX_SHARES);
    }

    static long quota(long cpuMillis) {
        return cpuMillis == 0 ? 0 : Math.max(cpuMillis * PERIOD_MICROS / 1000, MIN_QUOTA_MICROS);
    }

    /** The v2 weight that goes with the shares: 2..262144 mapped to 1..10000. */
    public long cpuWeight() {
        return 1 + (cpuShares - MIN_SHARES) * (MAX_WEIGHT - 1) / (MAX_SHARES - MIN_SHARES);
    }
}
