package dev.waybill.image.pull;

import dev.waybill.runtime.TraceContext;

/**
 * Somebody waits for an image. Immutable.
 *
 * @param id what the answer repeats
 * @param reference as the manifest writes it
 * @param pullPolicy Always, IfNotPresent or Never
 * @param trace what its events belong to
 * @param sinceNanos when it arrived, by the JVM's clock
 */
public record PullRequest(String id, String reference, String pullPolicy, TraceContext trace, long sinceNanos) {}
