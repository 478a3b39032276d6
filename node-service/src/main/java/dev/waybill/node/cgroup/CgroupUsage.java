package dev.waybill.node.cgroup;

/** What a control group has used; counters are totals. Immutable. */
public record CgroupUsage(
        long cpuNanos, long memoryBytes, long workingSetBytes, long ioReadBytes, long ioWriteBytes, int pids) {}
