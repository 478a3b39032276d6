package dev.waybill.node.pod;

import java.time.Duration;
import java.time.Instant;

/** What happened to a pod. */
public sealed interface PodFact {
    /** The image is on disk. */
    record ImageIsReady(String reference, ImageFacts facts) implements PodFact {}

    /** The image was on disk and is not any more. */
    record ImageIsGone(String reference) implements PodFact {}

    /** The image could not be had. */
    record ImageFailed(String reference, String reason, String message) implements PodFact {}

    /** The sandbox stands. */
    record SandboxReady(String podIp) implements PodFact {}

    /** The sandbox could not be made. */
    record SandboxFailed(String message) implements PodFact {}

    /** This node will not run the pod, now or later. */
    record PodRefused(String reason, String message) implements PodFact {}

    /** The sandbox is no longer there although nobody removed it: the machine was restarted. */
    record SandboxLost() implements PodFact {}

    /** Its removal failed and is to be tried again. */
    record SandboxKept(String message) implements PodFact {}

    /** Nothing of the pod is left. */
    record SandboxRemoved() implements PodFact {}

    /** The container's process runs. */
    record ContainerRuns(String container, int attempt, String containerId, int pid, Instant startedAt)
            implements PodFact {}

    /** The container could not be started; {@code terminal} reasons count as a crash. */
    record ContainerNotStarted(String container, int attempt, String reason, String message) implements PodFact {}

    /** The container's process ended. */
    record ContainerEnded(String container, int attempt, Termination termination) implements PodFact {}

    /** A running container's limits are the wished ones. */
    record ResourcesUpdated(String container, int attempt, ContainerSpec.Wishes wishes) implements PodFact {}

    /** A running container's limits are as they were. */
    record ResourcesRefused(String container, int attempt, ContainerSpec.Wishes wishes, String message)
            implements PodFact {}

    /** A container was asked how it does. */
    record ProbeAnswered(String container, int attempt, ProbeSpec.Kind kind, boolean well) implements PodFact {}

    /** A hook of a container has ended. */
    record HookEnded(String container, int attempt, Hook hook, boolean well) implements PodFact {}

    /** An object that a container waited for arrived or changed. */
    record ObjectArrived() implements PodFact {}

    /** The machine's clock was set: what waits for a time waits as long as before. */
    record ClockMoved(Duration by) implements PodFact {}

    /** The node ends the pod for good, for using more than it may. */
    record Evicted(String message) implements PodFact {}

    /** The API no longer knows the pod. */
    record PodGone() implements PodFact {}
}
