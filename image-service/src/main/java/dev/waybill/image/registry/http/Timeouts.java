package dev.waybill.image.registry.http;

import java.time.Duration;

/**
 * How long a registry may take. Immutable.
 *
 * @param connect until a connection is accepted
 * @param answer from a request to its response headers
 * @param stall longest time without a byte of the body, or with less than 1 KiB a second
 */
public record Timeouts(Duration connect, Duration answer, Duration stall) {}
