package dev.waybill.node.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.embedded.EmbeddedKafka;
import dev.waybill.embedded.EmbeddedSchemaRegistry;
import dev.waybill.events.ContainerExited;
import dev.waybill.events.ContainerRef;
import dev.waybill.events.ContainerStarted;
import dev.waybill.events.ContainerUsageSampled;
import dev.waybill.events.ImagePullRequested;
import dev.waybill.events.ImageReady;
import dev.waybill.events.NodeAssignmentsSnapshot;
import dev.waybill.events.NodeHeartbeat;
import dev.waybill.events.NodeRegistered;
import dev.waybill.events.PodAssigned;
import dev.waybill.events.PodStatusReported;
import dev.waybill.events.PodTerminated;
import dev.waybill.events.catalog.Topic;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.serde.Payload;
import dev.waybill.node.NodeServiceApplication;
import dev.waybill.node.testing.ShellLayer;
import dev.waybill.runtime.BindingGate;
import dev.waybill.runtime.DeadLetters;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.KafkaEventPublisher;
import dev.waybill.runtime.TopicProvisioner;
import dev.waybill.runtime.TraceContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A node over a real broker, kernel and runtime; the test plays the writer and the image service. */
@Timeout(180)
class NodeServiceIT {
    private static final String NODE = "it-node";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private final String tag = UUID.randomUUID().toString().substring(0, 8);
    private final String uid = UUID.randomUUID().toString();
    private final int port = EmbeddedKafka.freePort();
    private final int controllerPort = EmbeddedKafka.freePort();
    private final List<Seen> seen = new ArrayList<>();
    private EmbeddedKafka kafka;
    private EmbeddedSchemaRegistry schemas;
    private KafkaConnection connection;
    private KafkaEventPublisher publisher;
    private KafkaConsumer<String, Payload> consumer;

    private record Seen(SpecificRecord event, TraceContext trace) {}

    @BeforeEach
    void start() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        kafka = EmbeddedKafka.start(directory.resolve("kafka"), port, controllerPort, Map.of());
        schemas = EmbeddedSchemaRegistry.start(kafka.bootstrapServers(), 0);
        connection = new KafkaConnection(kafka.bootstrapServers(), schemas.url(), Map.of());
        TopicProvisioner.ensure(connection, Topics.all());
        publisher = new KafkaEventPublisher(connection, "test");
        consumer = new KafkaConsumer<>(connection.consumer());
        List<TopicPartition> partitions = new ArrayList<>();
        for (Topic topic : List.of(
                Topics.IMAGES,
                Topics.CONTAINERS,
                Topics.POD_STATUS,
                Topics.NODE_STATUS,
                Topics.NODE_HEARTBEATS,
                Topics.USAGE)) {
            consumer.partitionsFor(topic.name())
                    .forEach(info -> partitions.add(new TopicPartition(topic.name(), info.partition())));
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    @AfterEach
    void end() {
        if (kafka != null) {
            consumer.close();
            publisher.close();
            schemas.close();
            kafka.close();
        }
    }

    private ConfigurableApplicationContext node(String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "--waybill.kafka.bootstrap-servers=" + connection.bootstrapServers(),
                "--waybill.registry.url=" + connection.registryUrl(),
                "--waybill.node.name=" + NODE,
                "--waybill.node.directory=" + directory.resolve("node"),
                "--waybill.node.pki-directory=" + directory.resolve("pki"),
                "--waybill.node.secrets-key-file=" + directory.resolve("key"),
                "--waybill.node.cgroup-parent=/waybill-it-" + tag,
                "--waybill.node.bridge=wbt" + tag,
                "--waybill.node.pod-subnet=10.213.78.0/24",
                "--waybill.node.heartbeat=500ms",
                "--waybill.node.sample=500ms"));
        arguments.addAll(List.of(more));
        return NodeServiceApplication.builder().run(arguments.toArray(String[]::new));
    }

    @Test
    void aPodFromAssignmentToTheLastMountGone() throws Exception {
        TraceContext trace = TraceContext.newRoot();
        int pid;
        try (ConfigurableApplicationContext service = node()) {
            NodeRegistered registered = await(NodeRegistered.class, any -> true);
            assertThat(registered.getNode()).contains("\"cpu\"", "kubeletEndpoint");
            snapshot(registered.getNodeEpoch());
            await(NodeHeartbeat.class, any -> true);
            awaitBinding(service);

            assign(1, "", trace);
            ImagePullRequested wanted = await(ImagePullRequested.class, any -> true);
            junkBetween(wanted, trace);

            ContainerStarted started = await(ContainerStarted.class, any -> true);
            pid = started.getPid();
            assertThat(started.getLimits().values()).contains("67108864", "20000");
            await(PodStatusReported.class, status -> status.getStatus().contains("\"phase\":\"Running\""));
            assertThat(seen.stream()
                            .filter(each -> each.event() instanceof ContainerStarted)
                            .map(each -> each.trace().traceId()))
                    .containsOnly(trace.traceId());
            ContainerUsageSampled use = await(ContainerUsageSampled.class, sample -> sample.getCpuNanos() > 0);
            assertThat(use.getMemoryUsageBytes()).isPositive();
            assertDeadLetter();
        }
        assertThat(ProcessHandle.of(pid))
                .as("the container lives on without its agent")
                .isPresent();

        seen.clear();
        try (ConfigurableApplicationContext _ = node("--waybill.node.stop-pods-on-shutdown=true")) {
            NodeRegistered again = await(NodeRegistered.class, any -> true);
            snapshot(again.getNodeEpoch());
            await(
                    PodStatusReported.class,
                    status -> status.getNodeEpoch() == again.getNodeEpoch()
                            && status.getStatus().contains("\"restartCount\":0")
                            && status.getStatus().contains("\"phase\":\"Running\""));
            assertThat(ProcessHandle.of(pid)).isPresent();

            assign(2, ", \"deletionTimestamp\": \"2026-01-01T00:00:00Z\", \"deletionGracePeriodSeconds\": 5", trace);
            assertThat(await(ContainerExited.class, any -> true).getExitCode()).isEqualTo(7);
            await(PodTerminated.class, gone -> gone.getPodUid().equals(uid));
            publisher.publish(Topics.NODE_ASSIGNMENTS, NODE + "/pods/" + uid, null, TraceContext.NONE);
            awaitForgotten();
        }
        assertThat(ProcessHandle.of(pid)).isEmpty();
        assertThat(Files.readAllLines(Path.of("/proc/self/mounts")))
                .noneMatch(mount -> mount.contains(directory.toString()));
        assertThat(Path.of("/sys/class/net/wbt" + tag)).doesNotExist();
        assertThat(Path.of("/sys/fs/cgroup/memory/waybill-it-" + tag)).doesNotExist();
        assertThat(directory.resolve("node/pods/" + uid)).doesNotExist();
    }

    @Test
    void aPodThatTheSnapshotDoesNotNameGoes() throws Exception {
        try (ConfigurableApplicationContext service = node("--waybill.node.stop-pods-on-shutdown=true")) {
            NodeRegistered registered = await(NodeRegistered.class, any -> true);
            awaitBinding(service);
            assign(1, "", TraceContext.newRoot());
            answer(await(ImagePullRequested.class, any -> true), TraceContext.newRoot());
            int pid = await(ContainerStarted.class, any -> true).getPid();

            publisher.publish(
                    Topics.NODE_ASSIGNMENTS,
                    NODE + "/snapshot",
                    NodeAssignmentsSnapshot.newBuilder()
                            .setNodeName(NODE)
                            .setNodeEpoch(registered.getNodeEpoch())
                            .setRevision(9)
                            .setPodUids(List.of())
                            .build(),
                    TraceContext.NONE);
            await(ContainerExited.class, any -> true);
            awaitForgotten();
            assertThat(ProcessHandle.of(pid)).isEmpty();
        }
    }

    @Test
    void withoutABrokerAnAgentThatComesBackKeepsItsPodsRunning() throws Exception {
        int pid;
        try (ConfigurableApplicationContext service = node()) {
            snapshot(await(NodeRegistered.class, any -> true).getNodeEpoch());
            awaitBinding(service);
            assign(1, "", TraceContext.newRoot());
            answer(await(ImagePullRequested.class, any -> true), TraceContext.newRoot());
            pid = await(ContainerStarted.class, any -> true).getPid();
            await(PodStatusReported.class, status -> status.getStatus().contains("\"phase\":\"Running\""));
        }
        kafka.close();
        seen.clear();
        // Its start is over when a broker answers; its pods do not wait for that.
        CompletableFuture<ConfigurableApplicationContext> starting =
                CompletableFuture.supplyAsync(() -> node("--waybill.node.stop-pods-on-shutdown=true"));
        Thread.sleep(Duration.ofSeconds(3));
        assertThat(ProcessHandle.of(pid)).as("still there").isPresent();
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        assertThat(awaitAnotherProcess(pid)).as("started again from the disk").isPositive();
        assertThat(starting).isNotDone();

        kafka = EmbeddedKafka.start(directory.resolve("kafka"), port, controllerPort, Map.of());
        try (ConfigurableApplicationContext _ = starting.get(60, TimeUnit.SECONDS)) {
            await(PodStatusReported.class, status -> status.getStatus().contains("\"restartCount\":1"));
        }
    }

    /** Longer than the two minutes for which a producer keeps what it could not send. */
    private static final Duration OUTAGE = Duration.ofSeconds(125);

    /** Containers end, are found unwell and start again while nobody can be told; in the end all of it is known, once. */
    @Test
    @Timeout(400)
    void whatHappensWhileTheBrokerIsAwayForMinutesIsToldOnce() throws Exception {
        try (ConfigurableApplicationContext service = node("--waybill.node.stop-pods-on-shutdown=true")) {
            snapshot(await(NodeRegistered.class, any -> true).getNodeEpoch());
            awaitBinding(service);
            publish(1, busyPod(), TraceContext.newRoot());
            answer(await(ImagePullRequested.class, any -> true), TraceContext.newRoot());
            int pid = await(ContainerStarted.class, started -> of(started.getContainer(), "main"))
                    .getPid();
            await(ContainerStarted.class, started -> of(started.getContainer(), "unwell"));
            kafka.close();
            Thread.sleep(OUTAGE);
            int ended = attempt("ending");
            int unwell = attempt("unwell");
            System.out.println(
                    "without a broker: container ending came to its start " + ended + ", unwell to " + unwell);
            assertThat(ended).isGreaterThanOrEqualTo(3);
            assertThat(unwell).isGreaterThanOrEqualTo(2);
            assertThat(ProcessHandle.of(pid)).as("untouched").isPresent();

            kafka = EmbeddedKafka.start(directory.resolve("kafka"), port, controllerPort, Map.of());
            await(
                    PodStatusReported.class,
                    status -> restarts(status, "main") == 0
                            && restarts(status, "ending") >= ended
                            && restarts(status, "unwell") >= unwell);
            List<String> told = new ArrayList<>();
            for (Seen each : seen) {
                switch (each.event()) {
                    case ContainerStarted started -> told.add("started " + name(started.getContainer()));
                    case ContainerExited exited -> told.add("exited " + name(exited.getContainer()));
                    default -> {}
                }
            }
            System.out.println("told: " + told);
            assertThat(told).doesNotHaveDuplicates().contains("started main 0").doesNotContain("exited main 0");
            for (int attempt = 0; attempt < ended; attempt++) {
                assertThat(told).contains("started ending " + attempt, "exited ending " + attempt);
            }
            for (int attempt = 0; attempt < unwell; attempt++) {
                assertThat(told).contains("started unwell " + attempt, "exited unwell " + attempt);
            }
            assertThat(ProcessHandle.of(pid)).isPresent();
            Path group = Path.of("/sys/fs/cgroup/pids/waybill-it-" + tag + "/guaranteed/pod" + uid);
            assertThat(Files.readAllLines(group.resolve("main/cgroup.procs"))).containsExactly(Integer.toString(pid));
        }
        assertThat(Files.readAllLines(Path.of("/proc/self/mounts")))
                .noneMatch(mount -> mount.contains(directory.toString()));
        assertThat(Path.of("/sys/class/net/wbt" + tag)).doesNotExist();
        assertThat(Path.of("/sys/fs/cgroup/memory/waybill-it-" + tag)).doesNotExist();
    }

    private String busyPod() {
        return """
            {"metadata": {"uid": "%s", "namespace": "shop", "name": "web"},
             "spec": {"nodeName": "%s", "terminationGracePeriodSeconds": 1, "containers": [
               {"name": "main", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                "command": ["/bin/sh", "-c", "exec sleep 600"],
                "resources": {"limits": {"cpu": "200m", "memory": "64Mi"}}},
               {"name": "ending", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                "command": ["/bin/sh", "-c", "sleep 12; exit 3"],
                "resources": {"limits": {"cpu": "200m", "memory": "64Mi"}}},
               {"name": "unwell", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                "command": ["/bin/sh", "-c", "echo good >/tmp/state; sleep 30; echo bad >/tmp/state; exec sleep 600"],
                "livenessProbe": {"exec": {"command": ["/bin/sh", "-c", "read s </tmp/state; [ $s = good ]"]},
                  "initialDelaySeconds": 2, "periodSeconds": 2, "failureThreshold": 2},
                "resources": {"limits": {"cpu": "200m", "memory": "64Mi"}}}]}}""".formatted(uid, NODE);
    }

    private static boolean of(ContainerRef container, String name) {
        return container.getContainerName().equals(name);
    }

    private static String name(ContainerRef container) {
        return container.getContainerName() + " " + container.getAttempt();
    }

    private static int restarts(PodStatusReported report, String container) {
        for (JsonNode status : new JsonMapper().readTree(report.getStatus()).path("containerStatuses")) {
            if (status.path("name").stringValue("").equals(container)) {
                return status.path("restartCount").asInt();
            }
        }
        return -1;
    }

    /** The start that a container of the pod has come to, by its directories. */
    private int attempt(String container) throws Exception {
        try (Stream<Path> logs = Files.list(directory.resolve("node/pods/" + uid + "/logs/" + container))) {
            return logs.mapToInt(
                            log -> Integer.parseInt(log.getFileName().toString().replaceFirst("\\..*", "")))
                    .max()
                    .orElse(0);
        }
    }

    private int awaitAnotherProcess(int before) throws Exception {
        Path procs = Path.of("/sys/fs/cgroup/pids/waybill-it-" + tag + "/guaranteed/pod" + uid + "/main/cgroup.procs");
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            assertThat(System.nanoTime()).as("a new process").isLessThan(deadline);
            if (Files.exists(procs)) {
                List<String> pids = Files.readAllLines(procs);
                if (!pids.isEmpty() && !pids.contains(Integer.toString(before))) {
                    return Integer.parseInt(pids.getFirst());
                }
            }
            Thread.sleep(50);
        }
    }

    private void awaitForgotten() throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (Files.exists(directory.resolve("node/pods/" + uid))) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.sleep(50);
        }
    }

    private void snapshot(long epoch) {
        publisher.publish(
                Topics.NODE_ASSIGNMENTS,
                NODE + "/snapshot",
                NodeAssignmentsSnapshot.newBuilder()
                        .setNodeName(NODE)
                        .setNodeEpoch(epoch)
                        .setRevision(1)
                        .setPodUids(List.of(uid))
                        .build(),
                TraceContext.NONE);
    }

    private void assign(long revision, String metadata, TraceContext trace) {
        String pod = """
                {"metadata": {"uid": "%s", "namespace": "shop", "name": "web" %s},
                 "spec": {"nodeName": "%s", "terminationGracePeriodSeconds": 5,
                   "containers": [{"name": "main", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                     "command": ["/bin/sh", "-c", "trap 'exit 7' TERM; while true; do sleep 0.2; done"],
                     "resources": {"limits": {"cpu": "200m", "memory": "64Mi"}}}]}}""".formatted(uid, metadata, NODE);
        publish(revision, pod, trace);
    }

    private void publish(long revision, String pod, TraceContext trace) {
        publisher.publish(
                Topics.NODE_ASSIGNMENTS,
                NODE + "/pods/" + uid,
                PodAssigned.newBuilder()
                        .setNodeName(NODE)
                        .setNodeUid("n")
                        .setPodUid(uid)
                        .setNamespace("shop")
                        .setName("web")
                        .setRevision(revision)
                        .setPod(pod)
                        .build(),
                trace);
    }

    /** Junk, then an answer to nobody, then the real one: the binding must come through to it. */
    private void junkBetween(ImagePullRequested wanted, TraceContext trace) throws Exception {
        publisher.publish(Topics.IMAGES, NODE, ready(wanted, "nobody"), trace);
        publisher.flush();
        try (KafkaProducer<String, Object> producer = new KafkaProducer<>(connection.producer())) {
            Object junk = "junk".getBytes(StandardCharsets.UTF_8);
            producer.send(new ProducerRecord<>(Topics.IMAGES.name(), Topic.partitionOfNode(NODE), NODE, junk))
                    .get();
        }
        answer(wanted, trace);
    }

    private void answer(ImagePullRequested wanted, TraceContext trace) throws Exception {
        publisher.publish(Topics.IMAGES, NODE, ready(wanted, wanted.getRequestId()), trace);
        publisher.flush();
    }

    private ImageReady ready(ImagePullRequested wanted, String requestId) throws Exception {
        Path layer = directory.resolve("layer");
        if (!Files.exists(layer)) {
            ShellLayer.make(layer);
        }
        return ImageReady.newBuilder()
                .setNodeName(NODE)
                .setRequestId(requestId)
                .setReference(wanted.getReference())
                .setImageId("sha256:1")
                .setRepoDigest("app@sha256:2")
                .setLayers(List.of("sha256:3"))
                .setLayerPaths(List.of(layer.toString()))
                .setSizeBytes(1)
                .setConfig("{}")
                .setAlreadyPresent(true)
                .setDurationMillis(1)
                .build();
    }

    private static void awaitBinding(ConfigurableApplicationContext service) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!service.getBean(BindingGate.class).ready()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.sleep(20);
        }
    }

    private <T extends SpecificRecord> T await(Class<T> type, Predicate<T> wanted) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            for (Seen each : seen) {
                if (type.isInstance(each.event()) && wanted.test(type.cast(each.event()))) {
                    return type.cast(each.event());
                }
            }
            assertThat(System.nanoTime()).as(type.getSimpleName()).isLessThan(deadline);
            for (ConsumerRecord<String, Payload> record : consumer.poll(Duration.ofMillis(100))) {
                if (record.value() instanceof Payload.Known known) {
                    var header = record.headers().lastHeader("traceparent");
                    seen.add(new Seen(
                            known.event(),
                            TraceContext.parse(
                                    header == null ? null : new String(header.value(), StandardCharsets.UTF_8))));
                }
            }
        }
    }

    private void assertDeadLetter() {
        String topic = Topics.IMAGES.deadLetterName("node-service");
        Map<String, Object> properties = connection.consumer();
        properties.put("value.deserializer", ByteArrayDeserializer.class);
        try (KafkaConsumer<String, byte[]> reader = new KafkaConsumer<>(properties)) {
            TopicPartition partition = new TopicPartition(topic, 0);
            reader.assign(List.of(partition));
            reader.seekToBeginning(List.of(partition));
            List<ConsumerRecord<String, byte[]>> letters = new ArrayList<>();
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (letters.isEmpty() && System.nanoTime() < deadline) {
                reader.poll(Duration.ofMillis(200)).forEach(letters::add);
            }
            assertThat(letters).isNotEmpty();
            assertThat(letters.getFirst().value()).isEqualTo("junk".getBytes(StandardCharsets.UTF_8));
            assertThat(letters.getFirst().headers().lastHeader(DeadLetters.CAUSE))
                    .isNotNull();
        }
    }
}
