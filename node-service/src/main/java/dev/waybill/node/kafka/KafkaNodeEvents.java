package dev.waybill.node.kafka;

import dev.waybill.events.ContainerBackOff;
import dev.waybill.events.ContainerCreated;
import dev.waybill.events.ContainerExited;
import dev.waybill.events.ContainerHookFailed;
import dev.waybill.events.ContainerOomKilled;
import dev.waybill.events.ContainerProbeFailed;
import dev.waybill.events.ContainerRef;
import dev.waybill.events.ContainerResourcesRefused;
import dev.waybill.events.ContainerResourcesUpdated;
import dev.waybill.events.ContainerStarted;
import dev.waybill.events.ImagePullRequested;
import dev.waybill.events.NodeHeartbeat;
import dev.waybill.events.NodeRegistered;
import dev.waybill.events.NodeStatusReported;
import dev.waybill.events.PodSandboxCreated;
import dev.waybill.events.PodSandboxFailed;
import dev.waybill.events.PodSandboxRemoved;
import dev.waybill.events.PodStatusReported;
import dev.waybill.events.PodTerminated;
import dev.waybill.events.catalog.Topic;
import dev.waybill.events.catalog.Topics;
import dev.waybill.node.agent.NodeEvents;
import dev.waybill.node.pod.ImageFacts;
import dev.waybill.node.pod.Termination;
import dev.waybill.runtime.EventPublisher;
import dev.waybill.runtime.TraceContext;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.avro.specific.SpecificRecord;

/** What a node tells, as events on Kafka, each a child of the trace of its pod's assignment. Thread-safe. */
final class KafkaNodeEvents implements NodeEvents {
    private final EventPublisher publisher;
    private final Outbox outbox;
    private final String node;
    private final long epoch;
    private final AtomicLong sequence = new AtomicLong();

    KafkaNodeEvents(EventPublisher publisher, Outbox outbox, String node, long epoch) {
        this.publisher = publisher;
        this.outbox = outbox;
        this.node = node;
        this.epoch = epoch;
    }

    private CompletableFuture<Void> send(Topic topic, String key, SpecificRecord event, TraceContext trace) {
        CompletableFuture<Void> sent = new CompletableFuture<>();
        boolean taken = outbox.offer(() -> publisher
                .publish(topic, key, event, trace.child())
                .whenComplete((_, failure) -> {
                    if (failure == null) {
                        sent.complete(null);
                    } else {
                        sent.completeExceptionally(failure);
                    }
                }));
        if (!taken) {
            sent.completeExceptionally(new RejectedExecutionException("too many events wait for the broker"));
        }
        return sent;
    }

    private void container(Subject pod, SpecificRecord event) {
        send(Topics.CONTAINERS, pod.pod().uid(), event, pod.trace());
    }

    @Override
    public void imageWanted(Subject pod, String reference, String pullPolicy, String requestId) {
        send(
                Topics.IMAGES,
                node,
                ImagePullRequested.newBuilder()
                        .setNodeName(node)
                        .setRequestId(requestId)
                        .setReference(reference)
                        .setPullPolicy(pullPolicy)
                        .setPodUid(pod.pod().uid())
                        .setNamespace(pod.pod().namespace())
                        .setPodName(pod.pod().name())
                        .setPullSecrets(pod.pod().imagePullSecrets())
                        .build(),
                pod.trace());
    }

    @Override
    public void sandboxCreated(Subject pod, String podIp, Duration took) {
        container(
                pod,
                PodSandboxCreated.newBuilder()
                        .setNodeName(node)
                        .setPodUid(pod.pod().uid())
                        .setNamespace(pod.pod().namespace())
                        .setPodName(pod.pod().name())
                        .setPodIp(podIp)
                        .setDurationMillis(took.toMillis())
                        .build());
    }

    @Override
    public void sandboxFailed(Subject pod, String message) {
        container(
                pod,
                PodSandboxFailed.newBuilder()
                        .setNodeName(node)
                        .setPodUid(pod.pod().uid())
                        .setNamespace(pod.pod().namespace())
                        .setPodName(pod.pod().name())
                        .setMessage(message)
                        .build());
    }

    @Override
    public void sandboxRemoved(Subject pod, Duration took) {
        container(
                pod,
                PodSandboxRemoved.newBuilder()
                        .setNodeName(node)
                        .setPodUid(pod.pod().uid())
                        .setNamespace(pod.pod().namespace())
                        .setPodName(pod.pod().name())
                        .setDurationMillis(took.toMillis())
                        .build());
    }

    @Override
    public void containerCreated(Subject pod, ContainerRef container, ImageFacts image) {
        container(
                pod,
                ContainerCreated.newBuilder()
                        .setContainer(container)
                        .setImage(image.reference())
                        .setImageId(image.imageId())
                        .build());
    }

    @Override
    public void containerStarted(Subject pod, ContainerRef container, int pid, Instant at, Map<String, String> limits) {
        container(
                pod,
                ContainerStarted.newBuilder()
                        .setContainer(container)
                        .setPid(pid)
                        .setStartedAt(at)
                        .setLimits(limits)
                        .build());
    }

    @Override
    public void containerResourcesUpdated(
            Subject pod, ContainerRef container, Map<String, String> limits, List<String> waiting) {
        container(
                pod,
                ContainerResourcesUpdated.newBuilder()
                        .setContainer(container)
                        .setLimits(limits)
                        .setWaitingForRestart(waiting)
                        .build());
    }

    @Override
    public void containerResourcesRefused(Subject pod, ContainerRef container, String message) {
        container(
                pod,
                ContainerResourcesRefused.newBuilder()
                        .setContainer(container)
                        .setMessage(message)
                        .build());
    }

    @Override
    public void containerExited(Subject pod, ContainerRef container, Termination end, long memoryLimitBytes) {
        if (end.oomKilled()) {
            container(
                    pod,
                    ContainerOomKilled.newBuilder()
                            .setContainer(container)
                            .setMemoryLimitBytes(memoryLimitBytes)
                            .build());
        }
        container(
                pod,
                ContainerExited.newBuilder()
                        .setContainer(container)
                        .setExitCode(end.exitCode())
                        .setOomKilled(end.oomKilled())
                        .setReason(end.reason())
                        .setStartedAt(end.startedAt())
                        .setFinishedAt(end.finishedAt())
                        .build());
    }

    @Override
    public void containerHookFailed(Subject pod, ContainerRef container, String hook, String message) {
        container(
                pod,
                ContainerHookFailed.newBuilder()
                        .setContainer(container)
                        .setHook(hook)
                        .setMessage(message)
                        .build());
    }

    @Override
    public void containerProbeFailed(Subject pod, ContainerRef container, String probe, String message) {
        container(
                pod,
                ContainerProbeFailed.newBuilder()
                        .setContainer(container)
                        .setProbe(probe)
                        .setMessage(message)
                        .build());
    }

    @Override
    public void containerHeldBack(Subject pod, ContainerRef container, Duration delay, String message) {
        container(
                pod,
                ContainerBackOff.newBuilder()
                        .setContainer(container)
                        .setDelayMillis(delay.toMillis())
                        .setMessage(message)
                        .build());
    }

    @Override
    public CompletableFuture<Void> podStatus(Subject pod, String status) {
        return send(
                Topics.POD_STATUS,
                pod.pod().uid(),
                PodStatusReported.newBuilder()
                        .setNodeName(node)
                        .setNodeEpoch(epoch)
                        .setSequence(sequence.incrementAndGet())
                        .setPodUid(pod.pod().uid())
                        .setNamespace(pod.pod().namespace())
                        .setName(pod.pod().name())
                        .setStatus(status)
                        .build(),
                pod.trace());
    }

    @Override
    public CompletableFuture<Void> podTerminated(Subject pod, String status) {
        return send(
                Topics.POD_STATUS,
                pod.pod().uid(),
                PodTerminated.newBuilder()
                        .setNodeName(node)
                        .setNodeEpoch(epoch)
                        .setSequence(sequence.incrementAndGet())
                        .setPodUid(pod.pod().uid())
                        .setNamespace(pod.pod().namespace())
                        .setName(pod.pod().name())
                        .setStatus(status)
                        .build(),
                pod.trace());
    }

    @Override
    public void registered(String description) {
        send(
                Topics.NODE_STATUS,
                node,
                NodeRegistered.newBuilder()
                        .setNodeName(node)
                        .setNodeEpoch(epoch)
                        .setNode(description)
                        .build(),
                TraceContext.newRoot());
    }

    /** The whole status of this node, as it is now. */
    void status(String status) {
        send(
                Topics.NODE_STATUS,
                node,
                NodeStatusReported.newBuilder()
                        .setNodeName(node)
                        .setNodeEpoch(epoch)
                        .setSequence(sequence.incrementAndGet())
                        .setStatus(status)
                        .build(),
                TraceContext.newRoot());
    }

    @Override
    public void alive() {
        send(
                Topics.NODE_HEARTBEATS,
                node,
                NodeHeartbeat.newBuilder()
                        .setNodeName(node)
                        .setNodeEpoch(epoch)
                        .setSequence(sequence.incrementAndGet())
                        .build(),
                TraceContext.NONE);
    }

    @Override
    public void usage(String podUid, SpecificRecord sample) {
        send(Topics.USAGE, podUid, sample, TraceContext.NONE);
    }
}
