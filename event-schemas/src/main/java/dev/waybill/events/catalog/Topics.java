package dev.waybill.events.catalog;

import static dev.waybill.events.catalog.Topic.Cleanup.COMPACT;
import static dev.waybill.events.catalog.Topic.Cleanup.DELETE;

import dev.waybill.events.*;
import java.time.Duration;
import java.util.List;

/** Every topic of the platform. {@code docs/topics.md} and {@code docs/asyncapi.yaml} are generated from this list. */
public final class Topics {
    private static final String OBJECT_KEY = "group/resource/namespace/name";
    private static final Duration WEEK = Duration.ofDays(7);
    private static final Duration DAY = Duration.ofDays(1);

    public static final Topic REQUESTS = new Topic(
            "waybill.requests",
            OBJECT_KEY,
            List.of(DesiredStateRequest.class),
            1,
            DELETE,
            WEEK,
            "gateway",
            "gateway (the writer)",
            "Wishes of a gateway that does not write itself, each with the caller that it authenticated: its Events.");

    public static final Topic SCHEDULER_REQUESTS = new Topic(
            "waybill.scheduler-requests",
            OBJECT_KEY,
            List.of(DesiredStateRequest.class),
            1,
            DELETE,
            WEEK,
            "scheduler-service",
            "gateway (the writer)",
            "Wishes of the reconcilers, decided with the scheduler's rights whatever user they name.");

    public static final Topic OUTCOMES = new Topic(
            "waybill.outcomes",
            "request id",
            List.of(RequestOutcome.class),
            1,
            DELETE,
            DAY,
            "gateway (the writer)",
            "whoever asked",
            "The answer to each request.");

    public static final Topic RESOURCES = new Topic(
            "waybill.resources",
            OBJECT_KEY,
            List.of(ResourceChanged.class, WriterProgress.class),
            1,
            COMPACT,
            null,
            "gateway (the writer)",
            "every service, dashboards",
            "Facts: the state of the cluster is what this log folds to.");

    public static final Topic NODE_ASSIGNMENTS = new Topic(
            "waybill.node-assignments",
            "node/pods/uid, node/objects/group/resource/namespace/name, node/snapshot",
            List.of(PodAssigned.class, PodUnassigned.class, NodeObjectPublished.class, NodeAssignmentsSnapshot.class),
            Topic.NODE_PARTITIONS,
            COMPACT,
            null,
            "gateway (the writer)",
            "node-service, image-service (pull secrets)",
            "What each node is to run, with the objects that its pods refer to.");

    public static final Topic SCHEDULING = new Topic(
            "waybill.scheduling",
            "pod uid",
            List.of(PodBound.class, PodUnschedulable.class, BindRefused.class),
            1,
            DELETE,
            WEEK,
            "scheduler-service; gateway (the writer): BindRefused",
            "gateway (the writer, Events), scheduler-service",
            "Where pods go, or why they cannot, with scores and reasons.");

    public static final Topic QUOTA = new Topic(
            "waybill.quota",
            "pool",
            List.of(QuotaReserved.class, QuotaReleased.class, QuotaWaiting.class, QuotaThresholdCrossed.class),
            1,
            DELETE,
            WEEK,
            "quota-service",
            "gateway (the writer, Events)",
            "Room in quota pools: reserved, released, waited for.");

    public static final Topic IMAGES = new Topic(
            "waybill.images",
            "node",
            List.of(
                    ImagePullRequested.class,
                    ImagePullProgressed.class,
                    LayerDownloaded.class,
                    LayerUnpacked.class,
                    ImageReady.class,
                    ImagePullFailed.class,
                    ImageRemoved.class,
                    NodeImagesReported.class),
            Topic.NODE_PARTITIONS,
            DELETE,
            WEEK,
            "node-service, image-service",
            "image-service, node-service, gateway (Events)",
            "Pulls: asked for, on their way, done or failed.");

    public static final Topic CONTAINERS = new Topic(
            "waybill.containers",
            "pod uid",
            List.of(
                    PodSandboxCreated.class,
                    PodSandboxFailed.class,
                    PodSandboxRemoved.class,
                    ContainerCreated.class,
                    ContainerStarted.class,
                    ContainerResourcesUpdated.class,
                    ContainerResourcesRefused.class,
                    ContainerExited.class,
                    ContainerOomKilled.class,
                    ContainerProbeFailed.class,
                    ContainerHookFailed.class,
                    ContainerBackOff.class),
            1,
            DELETE,
            WEEK,
            "node-service",
            "gateway (Events), dashboards",
            "The life of sandboxes and containers.");

    public static final Topic POD_STATUS = new Topic(
            "waybill.pod-status",
            "pod uid",
            List.of(PodStatusReported.class, PodTerminated.class),
            1,
            DELETE,
            DAY,
            "node-service",
            "gateway (the writer)",
            "What nodes say of their pods.");

    public static final Topic NODE_STATUS = new Topic(
            "waybill.node-status",
            "node",
            List.of(NodeRegistered.class, NodeStatusReported.class),
            1,
            DELETE,
            DAY,
            "node-service",
            "gateway (the writer)",
            "What nodes say of themselves.");

    public static final Topic NODE_HEARTBEATS = new Topic(
            "waybill.node-heartbeats",
            "node",
            List.of(NodeHeartbeat.class),
            1,
            DELETE,
            Duration.ofHours(1),
            "node-service",
            "scheduler-service",
            "Signs of life; silence makes a node NotReady.");

    public static final Topic USAGE = new Topic(
            "waybill.usage",
            "pod uid",
            List.of(ContainerUsageSampled.class),
            1,
            DELETE,
            DAY,
            "node-service",
            "quota-service, gateway (metrics.k8s.io)",
            "What containers had used when their cgroups were read.");

    public static final Topic USAGE_REPORTS = new Topic(
            "waybill.usage-reports",
            "namespace",
            List.of(UsageReported.class),
            1,
            DELETE,
            Duration.ofDays(30),
            "quota-service",
            "dashboards",
            "Metered use per pod and namespace and window.");

    private static final List<Topic> ALL = List.of(
            REQUESTS,
            SCHEDULER_REQUESTS,
            OUTCOMES,
            RESOURCES,
            NODE_ASSIGNMENTS,
            SCHEDULING,
            QUOTA,
            IMAGES,
            CONTAINERS,
            POD_STATUS,
            NODE_STATUS,
            NODE_HEARTBEATS,
            USAGE,
            USAGE_REPORTS);

    private Topics() {}

    /** Every topic, in the order of the documentation. */
    public static List<Topic> all() {
        return ALL;
    }

    /** The request topic of one publisher: its own, so that its order holds and Kafka's ACL can tell who wrote. */
    public static Topic requestsOf(String publisher) {
        return REQUESTS.named(REQUESTS.name() + "." + publisher, publisher);
    }
}
