package dev.waybill.node.store;

import dev.waybill.node.pod.PodState;

/** A pod as the disk remembers it. Immutable. {@code pod} and {@code status} are JSON; no status was reported: empty. */
public record StoredPod(long revision, String traceparent, String pod, PodState state, String status) {}
