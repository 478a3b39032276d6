package dev.waybill.gateway.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.ContainerBackOff;
import dev.waybill.events.ContainerCreated;
import dev.waybill.events.ContainerHookFailed;
import dev.waybill.events.ContainerOomKilled;
import dev.waybill.events.ContainerProbeFailed;
import dev.waybill.events.ContainerRef;
import dev.waybill.events.ContainerStarted;
import dev.waybill.events.ImagePullFailed;
import dev.waybill.events.ImagePullProgressed;
import dev.waybill.events.ImagePullRequested;
import dev.waybill.events.ImageReady;
import dev.waybill.events.PodSandboxFailed;
import dev.waybill.events.PodUnschedulable;
import dev.waybill.gateway.kinds.Kinds;
import dev.waybill.gateway.state.ResourceDelta;
import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.gateway.state.StoredObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;

/** The words are those of Kubernetes' components. */
class EventMapperTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final String SCHEDULER = "system:waybill:scheduler";

    private final EventMapper mapper = new EventMapper();

    @Test
    void containersSpeakAsTheKubeletDoes() {
        ContainerRef web = ContainerRef.newBuilder()
                .setNodeName("n1")
                .setPodUid("u1")
                .setNamespace("shop")
                .setPodName("p")
                .setContainerName("web")
                .setContainerId("c1")
                .setAttempt(0)
                .build();
        EventDraft created = only(ContainerCreated.newBuilder()
                .setContainer(web)
                .setImage("i")
                .setImageId("sha256:1")
                .build());
        assertThat(created.involved()).isEqualTo(new Involved("v1", "Pod", "shop", "p", "u1", "spec.containers{web}"));
        assertThat(created.component()).isEqualTo("kubelet");
        assertThat(created.host()).isEqualTo("n1");
        assertThat(said(created)).isEqualTo("Normal Created Created container: web");
        assertThat(said(only(ContainerStarted.newBuilder()
                        .setContainer(web)
                        .setPid(1)
                        .setStartedAt(NOW)
                        .setLimits(Map.of())
                        .build())))
                .isEqualTo("Normal Started Started container web");
        assertThat(said(only(ContainerBackOff.newBuilder()
                        .setContainer(web)
                        .setDelayMillis(10_000)
                        .setMessage("back-off 10s")
                        .build())))
                .isEqualTo("Warning BackOff Back-off restarting failed container web in pod p_shop(u1)");
        assertThat(said(only(ContainerProbeFailed.newBuilder()
                        .setContainer(web)
                        .setProbe("liveness")
                        .setMessage("HTTP probe failed with statuscode: 500")
                        .build())))
                .isEqualTo("Warning Unhealthy Liveness probe failed: HTTP probe failed with statuscode: 500");
        assertThat(said(only(ContainerHookFailed.newBuilder()
                        .setContainer(web)
                        .setHook("PostStart")
                        .setMessage("command ended with exit code 1")
                        .build())))
                .isEqualTo("Warning FailedPostStartHook PostStartHook failed: command ended with exit code 1");
        assertThat(said(only(ContainerOomKilled.newBuilder()
                        .setContainer(web)
                        .setMemoryLimitBytes(64)
                        .build())))
                .startsWith("Warning OOMKilling Container web");
        EventDraft sandbox = only(PodSandboxFailed.newBuilder()
                .setNodeName("n1")
                .setPodUid("u1")
                .setNamespace("shop")
                .setPodName("p")
                .setMessage("failed to get sandbox runtime: no runtime for \"kata\" is configured")
                .build());
        assertThat(sandbox.involved()).isEqualTo(new Involved("v1", "Pod", "shop", "p", "u1", ""));
        assertThat(said(sandbox))
                .isEqualTo("Warning FailedCreatePodSandBox Failed to create pod sandbox: "
                        + "failed to get sandbox runtime: no runtime for \"kata\" is configured");
    }

    @Test
    void aPullIsToldOncePerPodWithItsTimeAndSize() {
        assertThat(mapper.of(asked("r1", "IfNotPresent"))).isEmpty();
        assertThat(said(mapper.of(progress()))).containsExactly("Normal Pulling Pulling image \"nginx\"");
        assertThat(mapper.of(progress())).isEmpty();
        assertThat(said(mapper.of(ready("r1", false))))
                .containsExactly("Normal Pulled Successfully pulled image \"nginx\" in 1.25s (1.25s including waiting)."
                        + " Image size: 42 bytes.");
        assertThat(mapper.of(ready("r1", false))).isEmpty();
        mapper.of(asked("r2", "IfNotPresent"));
        assertThat(said(mapper.of(ready("r2", true))))
                .containsExactly("Normal Pulled Container image \"nginx\" already present on machine");
        mapper.of(asked("r3", "IfNotPresent"));
        assertThat(said(mapper.of(ready("r3", false))))
                .hasSize(2)
                .first()
                .isEqualTo("Normal Pulling Pulling image \"nginx\"");
    }

    @Test
    void aFailedPullSaysWhyAndWhatComesNext() {
        assertThat(said(mapper.of(asked("r1", "Always")))).containsExactly("Normal Pulling Pulling image \"nginx\"");
        assertThat(said(mapper.of(failed("r1", "ErrImagePull", "not found"))))
                .containsExactly(
                        "Warning Failed Failed to pull image \"nginx\": not found",
                        "Warning Failed Error: ErrImagePull");
        mapper.of(asked("r2", "IfNotPresent"));
        assertThat(said(mapper.of(failed("r2", "ImagePullBackOff", ""))))
                .containsExactly(
                        "Normal BackOff Back-off pulling image \"nginx\"", "Warning Failed Error: ImagePullBackOff");
    }

    @Test
    void durationsArePrintedAsGoDoes() {
        assertThat(ImageEvents.seconds(85)).isEqualTo("85ms");
        assertThat(ImageEvents.seconds(2_000)).isEqualTo("2s");
        assertThat(ImageEvents.seconds(60_000)).isEqualTo("1m0s");
        assertThat(ImageEvents.seconds(100_000)).isEqualTo("1m40s");
        assertThat(ImageEvents.seconds(62_500)).isEqualTo("1m2.5s");
    }

    @Test
    void aPodThatFitsNowhereAndOneThatWasBound() {
        EventDraft failed = only(PodUnschedulable.newBuilder()
                .setPodUid("u1")
                .setNamespace("shop")
                .setName("p")
                .setImageRevision(1)
                .setEvaluatedNodes(3)
                .setMessage("0/3 nodes are available: 3 Insufficient cpu.")
                .setRejected(List.of())
                .build());
        assertThat(said(failed)).isEqualTo("Warning FailedScheduling 0/3 nodes are available: 3 Insufficient cpu.");
        assertThat(failed.component()).isEqualTo("default-scheduler");
        StoredObject unbound = pod("{}", "{}");
        StoredObject bound = pod("{}", "{\"nodeName\":\"n1\"}");
        assertThat(said(mapper.of(modified(unbound, bound, "system:waybill:gateway"))))
                .containsExactly("Normal Scheduled Successfully assigned shop/p to n1");
        assertThat(mapper.of(modified(bound, bound, "system:waybill:gateway"))).isEmpty();
    }

    @Test
    void childrenAreToldToTheirOwnersWhenTheControllersAct() {
        String owned = "{\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",\"name\":\"web-1\","
                + "\"uid\":\"rs1\",\"controller\":true}]}";
        StoredObject pod = pod(owned, "{}");
        ResourceDelta added = new ResourceDelta(ResourceDelta.Change.ADDED, pod, null, NOW, SCHEDULER);
        EventDraft created = mapper.of(added).getFirst();
        assertThat(said(created)).isEqualTo("Normal SuccessfulCreate Created pod: p");
        assertThat(created.involved()).isEqualTo(new Involved("apps/v1", "ReplicaSet", "shop", "web-1", "rs1", ""));
        assertThat(created.component()).isEqualTo("replicaset-controller");
        assertThat(said(mapper.of(new ResourceDelta(ResourceDelta.Change.DELETED, pod, pod, NOW, SCHEDULER))))
                .containsExactly("Normal SuccessfulDelete Deleted pod: p");
        assertThat(mapper.of(new ResourceDelta(ResourceDelta.Change.DELETED, pod, pod, NOW, "admin")))
                .as("somebody else's doing")
                .isEmpty();
    }

    @Test
    void aDeploymentScalesItsReplicaSets() {
        StoredObject three = replicaSet(3);
        StoredObject one = replicaSet(1);
        EventDraft up = mapper.of(new ResourceDelta(ResourceDelta.Change.ADDED, three, null, NOW, SCHEDULER))
                .getFirst();
        assertThat(said(up)).isEqualTo("Normal ScalingReplicaSet Scaled up replica set web-1 from 0 to 3");
        assertThat(up.involved().kind()).isEqualTo("Deployment");
        assertThat(up.component()).isEqualTo("deployment-controller");
        assertThat(said(mapper.of(modified(three, one, SCHEDULER))))
                .containsExactly("Normal ScalingReplicaSet Scaled down replica set web-1 from 3 to 1");
    }

    @Test
    void aReplicaSetSaysWhyItsPodsAreRefused() {
        String failing = "{\"metadata\":{},\"spec\":{\"replicas\":3},\"status\":{\"conditions\":[{\"type\":"
                + "\"ReplicaFailure\",\"status\":\"True\",\"message\":\"pods is forbidden: exceeded quota: q\"}]}}";
        StoredObject refused = object("apps/v1", "ReplicaSet", "shop", "web-1", failing);
        assertThat(said(mapper.of(modified(replicaSet(3), refused, SCHEDULER))))
                .containsExactly("Warning FailedCreate Error creating: pods is forbidden: exceeded quota: q");
        assertThat(mapper.of(modified(refused, refused, SCHEDULER))).isEmpty();
    }

    @Test
    void aDeletedPodsContainersAreStopped() {
        String running = "{\"nodeName\":\"n1\"},\"status\":{\"containerStatuses\":"
                + "[{\"name\":\"web\",\"state\":{\"running\":{}}},{\"name\":\"old\",\"state\":{\"terminated\":{}}}]}";
        StoredObject alive = pod("{}", running);
        StoredObject ending = pod("{\"deletionTimestamp\":\"2026-03-01T12:00:30Z\"}", running);
        assertThat(said(mapper.of(modified(alive, ending, "admin"))))
                .containsExactly("Normal Killing Stopping container web");
    }

    @Test
    void aNodeComesGoesAndIsCordoned() {
        StoredObject ready = node("True", false);
        assertThat(said(mapper.of(new ResourceDelta(ResourceDelta.Change.ADDED, ready, null, NOW, ""))))
                .containsExactly(
                        "Normal RegisteredNode Node n1 event: Registered Node n1 in Controller",
                        "Normal NodeReady Node n1 status is now: NodeReady");
        assertThat(said(mapper.of(modified(ready, node("Unknown", false), ""))))
                .containsExactly("Normal NodeNotReady Node n1 status is now: NodeNotReady");
        assertThat(said(mapper.of(modified(ready, node("True", true), ""))))
                .containsExactly("Normal NodeNotSchedulable Node n1 status is now: NodeNotSchedulable");
    }

    private EventDraft only(SpecificRecord fact) {
        List<EventDraft> drafts = mapper.of(fact);
        assertThat(drafts).hasSize(1);
        return drafts.getFirst();
    }

    private static String said(EventDraft draft) {
        return (draft.warning() ? "Warning " : "Normal ") + draft.reason() + " " + draft.message();
    }

    private static List<String> said(List<EventDraft> drafts) {
        return drafts.stream().map(EventMapperTest::said).toList();
    }

    private static ResourceDelta modified(StoredObject before, StoredObject after, String user) {
        return new ResourceDelta(ResourceDelta.Change.MODIFIED, after, before, NOW, user);
    }

    private static StoredObject pod(String metadata, String specAndStatus) {
        return object("v1", "Pod", "shop", "p", "{\"metadata\":" + metadata + ",\"spec\":" + specAndStatus + "}");
    }

    private static StoredObject replicaSet(int replicas) {
        return object(
                "apps/v1",
                "ReplicaSet",
                "shop",
                "web-1",
                "{\"metadata\":{\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\","
                        + "\"name\":\"web\",\"uid\":\"d1\",\"controller\":true}]},\"spec\":{\"replicas\":" + replicas
                        + "}}");
    }

    private static StoredObject node(String ready, boolean cordoned) {
        return object(
                "v1",
                "Node",
                "",
                "n1",
                "{\"metadata\":{},\"spec\":{\"unschedulable\":" + cordoned
                        + "},\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"" + ready + "\"}]}}");
    }

    private static StoredObject object(String apiVersion, String kind, String namespace, String name, String json) {
        var found = Objects.requireNonNull(Kinds.standard().byKind(apiVersion, kind));
        return StoredObject.ofText(
                new ResourceKey(found.group(), found.plural(), namespace, name), found, "uid-1", 7, 1, json);
    }

    private static ImagePullRequested asked(String id, String policy) {
        return ImagePullRequested.newBuilder()
                .setNodeName("n1")
                .setRequestId(id)
                .setReference("nginx")
                .setPullPolicy(policy)
                .setPodUid("u1")
                .setNamespace("shop")
                .setPodName("p")
                .build();
    }

    private static ImagePullProgressed progress() {
        return ImagePullProgressed.newBuilder()
                .setNodeName("n1")
                .setReference("nginx")
                .setDigest("sha256:1")
                .setDoneBytes(1)
                .setTotalBytes(2)
                .build();
    }

    private static ImageReady ready(String id, boolean present) {
        return ImageReady.newBuilder()
                .setNodeName("n1")
                .setRequestId(id)
                .setReference("nginx")
                .setImageId("sha256:1")
                .setRepoDigest("nginx@sha256:2")
                .setLayers(List.of())
                .setLayerPaths(List.of())
                .setSizeBytes(42)
                .setConfig("{}")
                .setAlreadyPresent(present)
                .setDurationMillis(1_250)
                .build();
    }

    private static ImagePullFailed failed(String id, String reason, String message) {
        return ImagePullFailed.newBuilder()
                .setNodeName("n1")
                .setRequestId(id)
                .setReference("nginx")
                .setReason(reason)
                .setMessage(message)
                .setRetryable(true)
                .build();
    }
}
