package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.ContainerRef;
import dev.waybill.events.ContainerStarted;
import dev.waybill.events.NodeRegistered;
import dev.waybill.events.PodBound;
import dev.waybill.events.catalog.Topics;
import dev.waybill.runtime.DeadLetters;
import dev.waybill.runtime.KafkaEventPublisher;
import dev.waybill.runtime.TraceContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
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
import tools.jackson.databind.JsonNode;

/** Facts on topics become Events that the API shows. */
@Timeout(600)
class EventsIT {
    private static final String EVENTS = "/api/v1/namespaces/default/events";

    @TempDir
    static Path directory;

    private static RunningGateway gateway;
    private static KafkaEventPublisher publisher;

    @BeforeAll
    static void start() throws Exception {
        gateway = RunningGateway.start(directory);
        publisher = new KafkaEventPublisher(gateway.connection(), "test");
    }

    @AfterAll
    static void stop() {
        publisher.close();
        gateway.close();
    }

    @Test
    void aBoundPodAndItsContainerAreDescribedByTheirEvents() throws Exception {
        publisher.publish(Topics.NODE_STATUS, "n1", node(), TraceContext.NONE);
        publisher.flush();
        assertThat(await("/api/v1/events?fieldSelector=involvedObject.kind%3DNode,reason%3DNodeReady", 1)
                        .at("/items/0/involvedObject/name")
                        .asString())
                .isEqualTo("n1");
        JsonNode pod = pod("web");
        String uid = pod.at("/metadata/uid").asString();
        publisher.publish(Topics.SCHEDULING, uid, bound("web", uid), TraceContext.NONE);
        for (int i = 0; i < 2; i++) {
            publisher.publish(Topics.CONTAINERS, uid, started("web", uid), TraceContext.NONE);
        }
        publisher.flush();
        JsonNode described = await(
                EVENTS + "?fieldSelector=involvedObject.name%3Dweb,involvedObject.namespace%3Ddefault,"
                        + "involvedObject.kind%3DPod,involvedObject.uid%3D" + uid,
                2);
        assertThat(described
                        .path("items")
                        .valueStream()
                        .map(event -> event.path("message").asString()))
                .containsExactlyInAnyOrder("Successfully assigned default/web to n1", "Started container c");
        JsonNode started = await(EVENTS + "?fieldSelector=reason%3DStarted,type%3DNormal", 1)
                .at("/items/0");
        while (started.path("count").asInt() < 2) {
            started = gateway.get(EVENTS + "/" + started.at("/metadata/name").asString());
        }
        assertThat(started.at("/source/component").asString()).isEqualTo("kubelet");
        assertThat(started.at("/source/host").asString()).isEqualTo("n1");
    }

    @Test
    void junkIsADeadLetterAndTheNextEventIsHandled() throws Exception {
        String uid = pod("junk").at("/metadata/uid").asString();
        byte[] junk = "junk".getBytes(StandardCharsets.UTF_8);
        publisher.publish(Topics.CONTAINERS, uid, started("before", uid), TraceContext.NONE);
        publisher.flush();
        try (KafkaProducer<String, Object> producer =
                new KafkaProducer<>(gateway.connection().producer())) {
            producer.send(new ProducerRecord<>(Topics.CONTAINERS.name(), uid, (Object) junk))
                    .get();
        }
        publisher.publish(Topics.CONTAINERS, uid, started("after", uid), TraceContext.NONE);
        publisher.flush();
        await(EVENTS + "?fieldSelector=involvedObject.name%3Dbefore", 1);
        await(EVENTS + "?fieldSelector=involvedObject.name%3Dafter", 1);
        ConsumerRecord<String, byte[]> dead = deadLetter(Topics.CONTAINERS.deadLetterName("gateway"));
        assertThat(dead.value()).isEqualTo(junk);
        assertThat(new String(dead.headers().lastHeader(DeadLetters.CAUSE).value(), StandardCharsets.UTF_8))
                .contains("wire format");
    }

    private static JsonNode await(String path, int count) throws Exception {
        JsonNode list = gateway.get(path);
        while (list.path("items").size() < count) {
            Thread.sleep(Duration.ofMillis(50));
            list = gateway.get(path);
        }
        assertThat(list.path("items")).hasSize(count);
        return list;
    }

    private static JsonNode pod(String name) throws Exception {
        String path = "/api/v1/namespaces/default/pods";
        gateway.send("POST", path, """
                {"apiVersion":"v1","kind":"Pod","metadata":{"name":"%s"},
                 "spec":{"containers":[{"name":"c","image":"nginx"}]}}
                """.formatted(name));
        return gateway.get(path + "/" + name);
    }

    private static NodeRegistered node() {
        return NodeRegistered.newBuilder()
                .setNodeName("n1")
                .setNodeEpoch(1)
                .setNode("{\"metadata\":{},\"spec\":{},\"status\":{\"allocatable\":{\"cpu\":\"4\",\"memory\":\"4Gi\","
                        + "\"pods\":\"10\"}}}")
                .build();
    }

    private static PodBound bound(String name, String uid) {
        return PodBound.newBuilder()
                .setPodUid(uid)
                .setNamespace("default")
                .setName(name)
                .setNodeName("n1")
                .setNodeUid("")
                .setImageRevision(1)
                .setEvaluatedNodes(1)
                .setFeasibleNodes(1)
                .setScores(List.of())
                .setRejected(List.of())
                .build();
    }

    private static ContainerStarted started(String pod, String uid) {
        return ContainerStarted.newBuilder()
                .setContainer(ContainerRef.newBuilder()
                        .setNodeName("n1")
                        .setPodUid(uid)
                        .setNamespace("default")
                        .setPodName(pod)
                        .setContainerName("c")
                        .setContainerId("c1")
                        .setAttempt(0)
                        .build())
                .setPid(1)
                .setStartedAt(Instant.now())
                .setLimits(Map.of())
                .build();
    }

    private static ConsumerRecord<String, byte[]> deadLetter(String topic) {
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                gateway.connection().common(), new StringDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            while (true) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    return record;
                }
            }
        }
    }
}
