package dev.waybill.node.store;

import java.time.Instant;

/**
 * What a clock said, and how long the machine had run then; two of the same boot tell whether the clock was set in between.
 * Immutable.
 *
 * @param steadyNanos of the machine's clock that nobody sets
 * @param boot the kernel's name for this run of the machine
 */
public record ClockReading(Instant at, long steadyNanos, String boot) {}
