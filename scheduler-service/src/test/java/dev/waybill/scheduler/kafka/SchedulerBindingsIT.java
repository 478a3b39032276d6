package dev.waybill.scheduler.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.embedded.EmbeddedKafka;
import dev.waybill.embedded.EmbeddedSchemaRegistry;
import dev.waybill.events.BindRefused;
import dev.waybill.events.Cause;
import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.NodeHeartbeat;
import dev.waybill.events.RequestOutcome;
import dev.waybill.events.ResourceChanged;
import dev.waybill.events.catalog.Topic;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.registry.RestSchemaRegistry;
import dev.waybill.events.serde.EventSerializer;
import dev.waybill.events.serde.Payload;
import dev.waybill.runtime.BindingGate;
import dev.waybill.runtime.DeadLetters;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.TopicProvisioner;
import dev.waybill.scheduler.SchedulerServiceApplication;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;

/** Each binding of the scheduler with junk between good events: a dead letter each, and the next event is handled. */
@Timeout(600)
class SchedulerBindingsIT {
    private static final String GROUP = "scheduler-service";
    private static final byte[] NOT_AVRO = "junk".getBytes(StandardCharsets.UTF_8);
    private static final byte[] UNKNOWN_SCHEMA = {0, 0x7f, 0, 0, 1, 2, 3};

    @TempDir
    static Path directory;

    private static EmbeddedKafka kafka;
    private static EmbeddedSchemaRegistry registry;
    private static KafkaConnection connection;
    private static KafkaProducer<String, Object> producer;
    private static ConfigurableApplicationContext service;

    @BeforeAll
    static void start() throws Exception {
        kafka = EmbeddedKafka.start(directory);
        registry = EmbeddedSchemaRegistry.start(kafka.bootstrapServers(), 0);
        connection = new KafkaConnection(kafka.bootstrapServers(), registry.url(), Map.of());
        TopicProvisioner.ensure(connection, Topics.all());
        producer = new KafkaProducer<>(connection.producer());
        String consumer = ".consumer.start-offset=earliest"; // nothing is to be missed while the group forms
        service = SchedulerServiceApplication.builder()
                .run(
                        "--waybill.kafka.bootstrap-servers=" + connection.bootstrapServers(),
                        "--waybill.registry.url=" + connection.registryUrl(),
                        "--spring.cloud.stream.kafka.bindings.onHeartbeat-in-0" + consumer,
                        "--spring.cloud.stream.kafka.bindings.onSchedulingEvent-in-0" + consumer,
                        "--spring.cloud.stream.kafka.bindings.onOutcome-in-0" + consumer);
        BindingGate gate = service.getBean(BindingGate.class);
        while (!gate.ready()) {
            TimeUnit.MILLISECONDS.sleep(20); // the class's time limit ends it
        }
    }

    @AfterAll
    static void stop() {
        service.close();
        producer.close();
        registry.close();
        kafka.close();
    }

    @Test
    void onHeartbeat() throws Exception {
        for (String node : List.of("before", "after")) {
            send(Topics.RESOURCES, "/nodes//" + node, silentNode(node));
        }
        junkBetween(Topics.NODE_HEARTBEATS, heartbeat("before"), refusal(), heartbeat("after"));
        List<String> alive = new ArrayList<>();
        while (!alive.contains("before") || !alive.contains("after")) {
            alive.clear();
            for (ConsumerRecord<String, Payload> record : read(Topics.SCHEDULER_REQUESTS.name())) {
                if (((Payload.Known) record.value()).event() instanceof DesiredStateRequest request
                        && request.getResource().equals("nodes")
                        && request.getSubresource().equals("status")) {
                    assertThat(request.getManifest()).contains("\"True\"");
                    alive.add(request.getName());
                }
            }
        }
    }

    @Test
    void onSchedulingEvent() throws Exception {
        junkBetween(Topics.SCHEDULING, refusal(), heartbeat("n"), refusal());
    }

    @Test
    void onOutcome() throws Exception {
        junkBetween(Topics.OUTCOMES, outcome("1"), heartbeat("n"), outcome("2"));
    }

    private static void junkBetween(Topic topic, SpecificRecord first, SpecificRecord wrongType, SpecificRecord last)
            throws Exception {
        // Encoded as for a topic of its own: a topic of one type lets its subject have no other.
        byte[] wrong = new EventSerializer(new RestSchemaRegistry(registry.url())).serialize("elsewhere", wrongType);
        send(topic, "k", first);
        send(topic, "k", NOT_AVRO);
        send(topic, "k", UNKNOWN_SCHEMA);
        send(topic, "k", wrong);
        long end = send(topic, "k", last) + 1;
        awaitCommitted(topic, end);
        List<ConsumerRecord<String, byte[]>> dead = deadLetters(topic);
        assertThat(dead).extracting(ConsumerRecord::value).containsExactly(NOT_AVRO, UNKNOWN_SCHEMA, wrong);
        assertThat(cause(dead.get(0))).contains("wire format");
        assertThat(cause(dead.get(1))).contains("no schema with id");
        assertThat(cause(dead.get(2)))
                .contains("unexpected event " + wrongType.getSchema().getFullName());
    }

    /** The group's position moves past an event when its handler has returned. */
    private static void awaitCommitted(Topic topic, long offset) throws Exception {
        try (Admin admin = Admin.create(connection.common())) {
            OffsetAndMetadata position = null;
            while (position == null || position.offset() < offset) {
                TimeUnit.MILLISECONDS.sleep(50);
                position = admin.listConsumerGroupOffsets(GROUP)
                        .partitionsToOffsetAndMetadata()
                        .get()
                        .get(new TopicPartition(topic.name(), 0));
            }
        }
    }

    private static long send(Topic topic, String key, Object value) throws Exception {
        return producer.send(new ProducerRecord<>(topic.name(), key, value))
                .get()
                .offset();
    }

    private static List<ConsumerRecord<String, byte[]>> deadLetters(Topic topic) {
        return read(
                topic.deadLetterName(GROUP),
                new KafkaConsumer<>(connection.common(), new StringDeserializer(), new ByteArrayDeserializer()));
    }

    private static List<ConsumerRecord<String, Payload>> read(String topic) {
        return read(topic, new KafkaConsumer<>(connection.consumer()));
    }

    private static <V> List<ConsumerRecord<String, V>> read(String topic, KafkaConsumer<String, V> opened) {
        List<ConsumerRecord<String, V>> records = new ArrayList<>();
        try (KafkaConsumer<String, V> consumer = opened) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
        }
        return records;
    }

    private static String cause(ConsumerRecord<String, byte[]> record) {
        return new String(record.headers().lastHeader(DeadLetters.CAUSE).value(), StandardCharsets.UTF_8);
    }

    private static NodeHeartbeat heartbeat(String node) {
        return NodeHeartbeat.newBuilder()
                .setNodeName(node)
                .setNodeEpoch(1)
                .setSequence(1)
                .build();
    }

    private static BindRefused refusal() {
        return BindRefused.newBuilder()
                .setPodUid("u")
                .setNamespace("shop")
                .setName("web")
                .setNodeName("n")
                .setRevision(1)
                .setReason("Conflict")
                .setMessage("the node is gone")
                .build();
    }

    private static RequestOutcome outcome(String id) {
        return RequestOutcome.newBuilder()
                .setRequestId(id)
                .setAccepted(true)
                .setCode(201)
                .build();
    }

    /** A node that is taken for dead: a heartbeat of it brings forth a request to make it Ready. */
    private static ResourceChanged silentNode(String name) {
        return ResourceChanged.newBuilder()
                .setGroup("")
                .setVersion("v1")
                .setKind("Node")
                .setResource("nodes")
                .setNamespace("")
                .setName(name)
                .setUid("uid-" + name)
                .setRevision(1)
                .setObject("{\"metadata\":{\"name\":\"" + name + "\",\"uid\":\"uid-" + name + "\"},\"status\":"
                        + "{\"conditions\":[{\"type\":\"Ready\",\"status\":\"Unknown\"}]}}")
                .setCause(Cause.newBuilder()
                        .setTopic("waybill.scheduler-requests")
                        .setPartition(0)
                        .setOffset(0)
                        .build())
                .build();
    }
}
