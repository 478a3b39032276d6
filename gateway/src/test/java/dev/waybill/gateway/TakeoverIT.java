package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOperation;
import dev.waybill.events.RequestOutcome;
import dev.waybill.events.WriterProgress;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.serde.Payload;
import dev.waybill.runtime.EventRecords;
import dev.waybill.runtime.KafkaEventPublisher;
import dev.waybill.runtime.TraceContext;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that was succeeded takes over once its successor is gone, and no sooner. */
@Timeout(300)
class TakeoverIT {
    private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
    private static final Duration SILENCE = Duration.ofSeconds(6);
    private static final String SETTING = "--waybill.gateway.takeover-after=" + SILENCE.toSeconds() + "s";

    @TempDir
    Path directory;

    private RunningGateway first;

    @BeforeEach
    void start() throws Exception {
        first = RunningGateway.start(directory, SETTING);
        assertThat(create(first, "before").statusCode()).isEqualTo(201);
    }

    @AfterEach
    void end() {
        first.close();
    }

    @Test
    void oneThatWasSucceededWritesAgainWhenItsSuccessorEnds() throws Exception {
        try (RunningGateway second = first.beside(SETTING)) {
            assertThat(create(second, "by-second").statusCode()).isEqualTo(201);
            publish("by-event");
            awaitOutcome("by-event");
            HttpResponse<String> refused = create(first, "refused");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
            assertThat(get(first, "before").statusCode()).isEqualTo(200);
            assertThat(first.send(first.request("/readyz").build()).statusCode())
                    .isEqualTo(503);
        }
        publish("between"); // perhaps nobody writes at the moment
        awaitWriting(first);
        awaitOutcome("between");
        assertThat(create(first, "after").statusCode()).isEqualTo(201);
        assertThat(create(first, "by-second").statusCode()).isEqualTo(409);
        for (String there : List.of("before", "by-second", "by-event", "between", "after")) {
            assertThat(get(first, there).statusCode()).as(there).isEqualTo(200);
        }
        assertThat(get(first, "refused").statusCode()).isEqualTo(404);
        assertThat(outcomes())
                .as("decided once, by whoever wrote then")
                .filteredOn(outcome -> outcome.getPublisher().equals("local"))
                .extracting(RequestOutcome::getRequestId, RequestOutcome::getAccepted)
                .containsExactly(tuple("by-event", true), tuple("between", true));
    }

    @Test
    void twoThatLiveDoNotFenceEachOtherInTurns() throws Exception {
        try (RunningGateway second = first.beside(SETTING)) {
            assertThat(create(second, "by-second").statusCode()).isEqualTo(201);
            assertThat(create(first, "refused").statusCode()).isEqualTo(503);
            Thread.sleep(SILENCE.multipliedBy(2)); // nobody asks for anything all the while
            assertThat(create(first, "refused").statusCode()).isEqualTo(503);
            assertThat(create(second, "by-second-too").statusCode()).isEqualTo(201);
            List<String> writers = writers();
            assertThat(Set.copyOf(writers)).hasSize(2);
            assertThat(turns(writers)).as("%s", writers).isEqualTo(2);
        }
    }

    /** Another writer that is there for a moment, and dies without a word. */
    @Test
    void oneThatWasSucceededWritesAgainWhenItsSuccessorFallsSilent() throws Exception {
        long began;
        try (Producer<String, Object> successor = successor()) {
            successor.initTransactions();
            for (int i = 0; i < 5; i++) {
                say(successor, "somebody");
                Thread.sleep(SILENCE.dividedBy(3));
                assertThat(create(first, "refused").statusCode()).isEqualTo(503);
            }
            say(successor, "somebody");
            began = System.nanoTime();
            successor.beginTransaction(); // and it leaves a transaction open
            successor.send(EventRecords.toSend(
                    Topics.RESOURCES, "writer/progress//position", progress("nobody"), TraceContext.NONE, "gateway"));
            successor.flush();
            awaitWriting(first);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(SILENCE);
        }
        assertThat(create(first, "after").statusCode()).isEqualTo(201);
        assertThat(get(first, "before").statusCode()).isEqualTo(200);
        assertThat(writers()).doesNotContain("nobody");
        assertThat(turns(writers())).isEqualTo(3);
    }

    private Producer<String, Object> successor() {
        Map<String, Object> properties = first.connection().producer();
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "waybill-writer");
        properties.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 10_000);
        return new KafkaProducer<>(properties);
    }

    private void say(Producer<String, Object> successor, String name) {
        successor.beginTransaction();
        successor.send(EventRecords.toSend(
                Topics.RESOURCES, "writer/progress//position", progress(name), TraceContext.NONE, "gateway"));
        successor.commitTransaction();
    }

    /** As far as the first had come, who has begun nothing since. */
    private WriterProgress progress(String name) {
        return WriterProgress.newBuilder()
                .setPositions(Map.of())
                .setRevision(first.image().revision())
                .setWriter(name)
                .build();
    }

    private static void awaitWriting(RunningGateway gateway) throws Exception {
        Eventually.holds(() -> gateway.send(gateway.request("/readyz").build()).statusCode() == 200);
    }

    private static HttpResponse<String> create(RunningGateway on, String name) throws Exception {
        return on.send("POST", CONFIG_MAPS, "{\"metadata\":{\"name\":\"" + name + "\"}}");
    }

    private static HttpResponse<String> get(RunningGateway from, String name) throws Exception {
        return from.send(from.request(CONFIG_MAPS + "/" + name).build());
    }

    private void publish(String name) {
        try (KafkaEventPublisher publisher = new KafkaEventPublisher(first.connection(), "local")) {
            DesiredStateRequest request = DesiredStateRequest.newBuilder()
                    .setOperation(RequestOperation.CREATE)
                    .setManifest("{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"" + name
                            + "\",\"namespace\":\"default\"}}")
                    .build();
            publisher.publish(Topics.requestsOf("local"), "", request, TraceContext.newRoot(), name);
            publisher.flush();
        }
    }

    private void awaitOutcome(String id) throws Exception {
        Eventually.holds(
                () -> outcomes().stream().anyMatch(each -> each.getRequestId().equals(id)));
    }

    private List<RequestOutcome> outcomes() {
        return read(Topics.OUTCOMES.name()).stream()
                .filter(RequestOutcome.class::isInstance)
                .map(RequestOutcome.class::cast)
                .toList();
    }

    /** Who has written, in order. */
    private List<String> writers() {
        return read(Topics.RESOURCES.name()).stream()
                .filter(WriterProgress.class::isInstance)
                .map(each -> ((WriterProgress) each).getWriter())
                .toList();
    }

    private static int turns(List<String> writers) {
        int turns = 0;
        String last = "";
        for (String each : writers) {
            turns += each.equals(last) ? 0 : 1;
            last = each;
        }
        return turns;
    }

    private List<Object> read(String topic) {
        List<Object> events = new ArrayList<>();
        try (KafkaConsumer<String, Payload> consumer =
                new KafkaConsumer<>(first.connection().consumer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<String, Payload> record : consumer.poll(Duration.ofMillis(200))) {
                    if (record.value() instanceof Payload.Known known) {
                        events.add(known.event());
                    }
                }
            }
        }
        return events;
    }
}
