package dev.waybill.node.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.embedded.EmbeddedKafka;
import dev.waybill.embedded.EmbeddedSchemaRegistry;
import dev.waybill.events.ImagePullRequested;
import dev.waybill.events.ImageReady;
import dev.waybill.events.NodeAssignmentsSnapshot;
import dev.waybill.events.PodAssigned;
import dev.waybill.events.catalog.Topic;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.serde.Payload;
import dev.waybill.node.NodeServiceApplication;
import dev.waybill.node.testing.Eventually;
import dev.waybill.node.testing.ShellLayer;
import dev.waybill.runtime.BindingGate;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.KafkaEventPublisher;
import dev.waybill.runtime.TopicProvisioner;
import dev.waybill.runtime.TraceContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * A broker that may go and come back, what a node tells it, and the words of the writer and the image service to one pod.
 * Used by one thread.
 */
final class NodeBroker implements AutoCloseable {
    static final String NODE = "it-node";
    static final Duration PATIENCE = Eventually.PATIENCE;

    private final Path directory;
    private final String tag = UUID.randomUUID().toString().substring(0, 8);
    private final String uid = UUID.randomUUID().toString();
    private final int port = EmbeddedKafka.freePort();
    private final int controllerPort = EmbeddedKafka.freePort();
    private final List<Seen> seen = new ArrayList<>();
    private final EmbeddedSchemaRegistry schemas;
    private final KafkaConnection connection;
    private final KafkaEventPublisher publisher;
    private final KafkaConsumer<String, Payload> consumer;
    private EmbeddedKafka kafka;

    /** An event and the trace that it belongs to. */
    record Seen(SpecificRecord event, TraceContext trace) {}

    NodeBroker(Path directory) throws Exception {
        this.directory = directory;
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

    @Override
    public void close() {
        consumer.close();
        publisher.close();
        schemas.close();
        kafka.close();
    }

    /** The broker goes. */
    void stop() {
        kafka.close();
    }

    /** It comes back with what it had. */
    void comeBack() throws Exception {
        kafka = EmbeddedKafka.start(directory.resolve("kafka"), port, controllerPort, Map.of());
    }

    KafkaConnection connection() {
        return connection;
    }

    KafkaEventPublisher publisher() {
        return publisher;
    }

    /** What was awaited so far and everything before it; may be cleared. */
    List<Seen> seen() {
        return seen;
    }

    String uid() {
        return uid;
    }

    String bridge() {
        return "wbt" + tag;
    }

    String cgroupParent() {
        return "/waybill-it-" + tag;
    }

    /** Neither mounts nor a bridge nor control groups. */
    void assertNothingLeft() throws IOException {
        assertThat(Files.readAllLines(Path.of("/proc/self/mounts")))
                .noneMatch(mount -> mount.contains(directory.toString()));
        assertThat(Path.of("/sys/class/net/" + bridge())).doesNotExist();
        assertThat(Path.of("/sys/fs/cgroup/memory" + cgroupParent())).doesNotExist();
    }

    /** Starts the service. */
    ConfigurableApplicationContext node(String... more) {
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

    void awaitForgotten() throws Exception {
        Eventually.holds("forgotten", () -> !Files.exists(directory.resolve("node/pods/" + uid)));
    }

    void snapshot(long epoch) {
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

    /** The pod's one container, which ends with 7 when it is told to. */
    void assign(long revision, String metadata, TraceContext trace) {
        String pod = """
                {"metadata": {"uid": "%s", "namespace": "shop", "name": "web" %s},
                 "spec": {"nodeName": "%s", "terminationGracePeriodSeconds": 5,
                   "containers": [{"name": "main", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                     "command": ["/bin/sh", "-c", "trap 'exit 7' TERM; while true; do sleep 0.2; done"],
                     "resources": {"limits": {"cpu": "200m", "memory": "64Mi"}}}]}}""".formatted(uid, metadata, NODE);
        publish(revision, pod, trace);
    }

    void publish(long revision, String pod, TraceContext trace) {
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

    void answerFirstWish() throws Exception {
        answer(await(ImagePullRequested.class, any -> true), TraceContext.newRoot());
    }

    void answer(ImagePullRequested wanted, TraceContext trace) throws Exception {
        publisher.publish(Topics.IMAGES, NODE, ready(wanted, wanted.getRequestId()), trace);
        publisher.flush();
    }

    ImageReady ready(ImagePullRequested wanted, String requestId) throws Exception {
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

    static void awaitBinding(ConfigurableApplicationContext service) throws Exception {
        Eventually.holds("bindings", service.getBean(BindingGate.class)::ready);
    }

    /** The first event of that type that fulfils the wish, of those seen or to come. */
    <T extends SpecificRecord> T await(Class<T> type, Predicate<T> wanted) {
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
}
