package dev.waybill.gateway.metrics;

import java.time.Duration;
import java.time.Instant;

/**
 * What a container used between its last two samples. Immutable.
 *
 * @param cpuNanocores CPU time per second, in billionths of a core
 * @param memoryBytes the working set at the second sample: memory without what the kernel can drop at once
 */
public record ContainerUse(String container, Instant at, Duration window, long cpuNanocores, long memoryBytes) {}
