package dev.waybill.node.agent;

import dev.waybill.events.ContainerRef;
import dev.waybill.node.pod.ImageFacts;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.pod.Termination;
import dev.waybill.runtime.TraceContext;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.avro.specific.SpecificRecord;

/** What a node tells the others. No call waits for the broker. Thread-safe. */
public interface NodeEvents {
    /** A pod as its events name it, with the trace that its assignment came by. */
    record Subject(PodSpec pod, TraceContext trace) {}

    void imageWanted(Subject pod, String reference, String pullPolicy, String requestId);

    void sandboxCreated(Subject pod, String podIp, Duration took);

    /** Told once for as long as the reason is the same. */
    void sandboxFailed(Subject pod, String message);

    void sandboxRemoved(Subject pod, Duration took);

    void containerCreated(Subject pod, ContainerRef container, ImageFacts image);

    /** {@code limits} are the control group's files as the kernel has them. */
    void containerStarted(Subject pod, ContainerRef container, int pid, Instant at, Map<String, String> limits);

    /** {@code limits} are the control group's files now, {@code waiting} annotations that the next start will bring. */
    void containerResourcesUpdated(
            Subject pod, ContainerRef container, Map<String, String> limits, List<String> waiting);

    void containerResourcesRefused(Subject pod, ContainerRef container, String message);

    void containerExited(Subject pod, ContainerRef container, Termination termination, long memoryLimitBytes);

    /** {@code probe} is startup, liveness or readiness. */
    void containerHookFailed(Subject pod, ContainerRef container, String hook, String message);

    void containerProbeFailed(Subject pod, ContainerRef container, String probe, String message);

    void containerHeldBack(Subject pod, ContainerRef container, Duration delay, String message);

    /** The pod's status; completes when the broker has it, exceptionally when it was lost. */
    CompletableFuture<Void> podStatus(Subject pod, String status);

    /** The last status of a deleted pod of which nothing runs any more. */
    CompletableFuture<Void> podTerminated(Subject pod, String status);

    /** The agent started; a snapshot of its assignments answers. */
    void registered(String node);

    void alive();

    /** A sample of what a container uses, under its pod's UID. */
    void usage(String podUid, SpecificRecord sample);
}
