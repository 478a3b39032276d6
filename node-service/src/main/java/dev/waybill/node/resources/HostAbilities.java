package dev.waybill.node.resources;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What this machine's kernel can limit. Immutable but for devices, which are looked up when asked for.
 *
 * @param version of control groups, 1 or 2
 * @param hugepages page sizes that can be limited, {@code 2MB}
 * @param cpus CPUs that are online
 * @param nodes memory nodes that are online
 * @param bfqInUse whether some disk uses BFQ
 * @param maySetResources whether rlimits and OOM scores may go beyond this process's own (CAP_SYS_RESOURCE)
 * @param hardLimits this process's hard rlimits by name, {@code nofile}; a missing one is unlimited
 * @param oomScoreAdj this process's own
 * @param memoryBytes memory of the machine
 * @param devices finds a device of the machine by its path
 */
public record HostAbilities(
        int version,
        boolean limitsSwap,
        boolean limitsIo,
        Set<String> hugepages,
        Set<Integer> cpus,
        Set<Integer> nodes,
        boolean bfqInUse,
        boolean maySetResources,
        Map<String, Long> hardLimits,
        int oomScoreAdj,
        long memoryBytes,
        Function<String, Optional<HostDevice>> devices) {}
