package dev.waybill.node.store;

import dev.waybill.node.pod.PodState;
import org.jspecify.annotations.Nullable;

/**
 * A pod as the disk remembers it. Immutable. {@code pod} and {@code status} are JSON; no status was reported: empty.
 *
 * @param clock by which the times of the state were counted; none in records of earlier versions
 */
public record StoredPod(
        long revision,
        String traceparent,
        String pod,
        PodState state,
        String status,
        @Nullable ClockReading clock) {}
