package dev.waybill.node.kafka;

import static dev.waybill.node.kafka.NodeBroker.NODE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.ContainerExited;
import dev.waybill.events.ContainerStarted;
import dev.waybill.events.ContainerUsageSampled;
import dev.waybill.events.ImagePullRequested;
import dev.waybill.events.NodeAssignmentsSnapshot;
import dev.waybill.events.NodeHeartbeat;
import dev.waybill.events.NodeRegistered;
import dev.waybill.events.PodStatusReported;
import dev.waybill.events.PodTerminated;
import dev.waybill.events.catalog.Topic;
import dev.waybill.events.catalog.Topics;
import dev.waybill.runtime.DeadLetters;
import dev.waybill.runtime.TraceContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.context.ConfigurableApplicationContext;

/** A node over a real broker, kernel and runtime. */
@Timeout(600)
class NodeServiceIT extends NodeOnABroker {
    @Test
    void aPodFromAssignmentToTheLastMountGone() throws Exception {
        TraceContext trace = TraceContext.newRoot();
        int pid;
        try (ConfigurableApplicationContext service = broker.node()) {
            assertThat(awaitRegistered(service).getNode()).contains("\"cpu\"", "kubeletEndpoint");
            broker.await(NodeHeartbeat.class, any -> true);

            broker.assign(1, "", trace);
            ImagePullRequested wanted = broker.await(ImagePullRequested.class, any -> true);
            junkBetween(wanted, trace);

            ContainerStarted started = broker.await(ContainerStarted.class, any -> true);
            pid = started.getPid();
            assertThat(started.getLimits().values()).contains("67108864", "20000");
            broker.await(PodStatusReported.class, status -> status.getStatus().contains("\"phase\":\"Running\""));
            assertThat(broker.seen().stream()
                            .filter(each -> each.event() instanceof ContainerStarted)
                            .map(each -> each.trace().traceId()))
                    .containsOnly(trace.traceId());
            ContainerUsageSampled use = broker.await(ContainerUsageSampled.class, sample -> sample.getCpuNanos() > 0);
            assertThat(use.getMemoryUsageBytes()).isPositive();
            assertDeadLetter();
        }
        assertThat(ProcessHandle.of(pid))
                .as("the container lives on without its agent")
                .isPresent();

        broker.seen().clear();
        try (ConfigurableApplicationContext _ = broker.node(LAST)) {
            NodeRegistered again = broker.await(NodeRegistered.class, any -> true);
            broker.snapshot(again.getNodeEpoch());
            broker.await(
                    PodStatusReported.class,
                    status -> status.getNodeEpoch() == again.getNodeEpoch()
                            && status.getStatus().contains("\"restartCount\":0")
                            && status.getStatus().contains("\"phase\":\"Running\""));
            assertThat(ProcessHandle.of(pid)).isPresent();

            broker.assign(
                    2, ", \"deletionTimestamp\": \"2026-01-01T00:00:00Z\", \"deletionGracePeriodSeconds\": 5", trace);
            assertThat(broker.await(ContainerExited.class, any -> true).getExitCode())
                    .isEqualTo(7);
            broker.await(PodTerminated.class, gone -> gone.getPodUid().equals(broker.uid()));
            broker.publisher()
                    .publish(Topics.NODE_ASSIGNMENTS, NODE + "/pods/" + broker.uid(), null, TraceContext.NONE);
            broker.awaitForgotten();
        }
        assertThat(ProcessHandle.of(pid)).isEmpty();
        broker.assertNothingLeft();
        assertThat(directory.resolve("node/pods/" + broker.uid())).doesNotExist();
    }

    @Test
    void aPodThatTheSnapshotDoesNotNameGoes() throws Exception {
        try (ConfigurableApplicationContext service = broker.node(LAST)) {
            NodeRegistered registered = awaitRegistered(service);
            assignWithImage();
            int pid = broker.await(ContainerStarted.class, any -> true).getPid();

            broker.publisher()
                    .publish(
                            Topics.NODE_ASSIGNMENTS,
                            NODE + "/snapshot",
                            NodeAssignmentsSnapshot.newBuilder()
                                    .setNodeName(NODE)
                                    .setNodeEpoch(registered.getNodeEpoch())
                                    .setRevision(9)
                                    .setPodUids(List.of())
                                    .build(),
                            TraceContext.NONE);
            broker.await(ContainerExited.class, any -> true);
            broker.awaitForgotten();
            assertThat(ProcessHandle.of(pid)).isEmpty();
        }
    }

    /** Junk, then an answer to nobody, then the real one: the binding must come through to it. */
    private void junkBetween(ImagePullRequested wanted, TraceContext trace) throws Exception {
        broker.publisher().publish(Topics.IMAGES, NODE, broker.ready(wanted, "nobody"), trace);
        broker.publisher().flush();
        try (KafkaProducer<String, Object> producer =
                new KafkaProducer<>(broker.connection().producer())) {
            Object junk = "junk".getBytes(StandardCharsets.UTF_8);
            producer.send(new ProducerRecord<>(Topics.IMAGES.name(), Topic.partitionOfNode(NODE), NODE, junk))
                    .get();
        }
        broker.answer(wanted, trace);
    }

    private void assertDeadLetter() {
        String topic = Topics.IMAGES.deadLetterName("node-service");
        Map<String, Object> properties = broker.connection().consumer();
        properties.put("value.deserializer", ByteArrayDeserializer.class);
        try (KafkaConsumer<String, byte[]> reader = new KafkaConsumer<>(properties)) {
            TopicPartition partition = new TopicPartition(topic, 0);
            reader.assign(List.of(partition));
            reader.seekToBeginning(List.of(partition));
            List<ConsumerRecord<String, byte[]>> letters = new ArrayList<>();
            long deadline = System.nanoTime() + NodeBroker.PATIENCE.toNanos();
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
