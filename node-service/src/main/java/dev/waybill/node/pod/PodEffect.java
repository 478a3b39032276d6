package dev.waybill.node.pod;

import java.time.Duration;
import java.util.List;

/** What is to be done for a pod. Each is safe to repeat. */
public sealed interface PodEffect {
    /** Ask image-service for an image. */
    record RequestImage(ContainerSpec container, String requestId) implements PodEffect {}

    /** No answer came: use the image if this node has it on disk. */
    record UseLocalImage(String reference) implements PodEffect {}

    /** Make control group, namespaces and network. */
    record CreateSandbox() implements PodEffect {}

    /** Create and start a container. */
    record StartContainer(ContainerSpec container, int attempt, ImageFacts image) implements PodEffect {}

    /** Change what running containers may use to what their specs say. */
    record UpdateResources(List<ContainerSpec> containers) implements PodEffect {}

    /** Ask a container how it does; the answer comes as a fact. */
    record RunProbe(ContainerSpec container, int attempt, String containerId, ProbeSpec.Kind kind, ProbeSpec probe)
            implements PodEffect {}

    /** Carry out a container's hook; its end comes as a fact. */
    record RunHook(
            String container, int attempt, String containerId, Hook hook, ProbeSpec.Action action, Duration limit)
            implements PodEffect {}

    /** Say that a restart is being held back. */
    record AnnounceBackOff(String container, int attempt, String containerId, long delayMillis, String message)
            implements PodEffect {}

    /** Send a signal to a container's first process. */
    record SignalContainer(String container, String containerId, int signal) implements PodEffect {}

    /** Remove what is left of all containers, then the sandbox. */
    record RemoveSandbox() implements PodEffect {}

    /** Tell the API that a deleted pod is no more. */
    record AnnounceTerminated() implements PodEffect {}

    /** Drop the pod's record and directory. */
    record ForgetPod() implements PodEffect {}
}
