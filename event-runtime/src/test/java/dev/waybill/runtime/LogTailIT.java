package dev.waybill.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.embedded.EmbeddedKafka;
import dev.waybill.embedded.EmbeddedSchemaRegistry;
import dev.waybill.events.NodeHeartbeat;
import dev.waybill.events.catalog.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A tail beside a listener that knows the log already: it reads what nobody else tells, and nothing twice. */
@Timeout(600)
class LogTailIT {
    @TempDir
    Path directory;

    private EmbeddedKafka kafka;
    private EmbeddedSchemaRegistry registry;
    private KafkaConnection connection;
    private KafkaProducer<String, Object> producer;
    private final Knowing listener = new Knowing();

    /** Keeps what it is told; what it knows besides is set from without. */
    private static final class Knowing implements LogTail.Listener {
        private final BlockingQueue<Long> told = new LinkedBlockingQueue<>();
        private volatile long known = -1;
        private volatile String ignored = "";

        @Override
        public boolean concerns(String key) {
            return !key.equals(ignored);
        }

        @Override
        public void onEvent(ReceivedEvent received) {
            told.add(((NodeHeartbeat) received.event()).getSequence());
        }

        @Override
        public long knownTo() {
            return known;
        }
    }

    @BeforeEach
    void start() throws Exception {
        kafka = EmbeddedKafka.start(directory);
        registry = EmbeddedSchemaRegistry.start(kafka.bootstrapServers(), 0);
        connection = new KafkaConnection(kafka.bootstrapServers(), registry.url(), Map.of());
        TopicProvisioner.ensure(connection, List.of(Topics.NODE_HEARTBEATS));
        producer = new KafkaProducer<>(connection.producer());
    }

    @AfterEach
    void stop() {
        producer.close();
        registry.close();
        kafka.close();
    }

    @Test
    void whatTheListenerKnowsIsNotRead() throws Exception {
        publish(0, 1);
        try (LogTail tail = new LogTail(connection, Topics.NODE_HEARTBEATS, partition -> partition == 0, listener)) {
            tail.start();
            tail.awaitCaughtUp(Duration.ofSeconds(90));
            assertTold(0, 1);

            listener.known = 4; // as of a writer that commits two more
            awaitAt(tail, 4);
            publish(2, 3);
            tail.nudge();
            assertThat(listener.told.poll(2, TimeUnit.SECONDS))
                    .as("longer than the tail takes between two looks")
                    .isNull();

            publish(4, 5); // of another writer: nobody told
            assertTold(4, 5);

            listener.known = 7;
            awaitAt(tail, 7);
            publish(6);
            listener.known = -1; // the writer has ended: from here on the log tells
            tail.nudge();
            publish(7);
            assertTold(7);
            assertThat(tail.failure()).isNull();
        }
    }

    @Test
    void whatIsKnownNeverLeadsBack() throws Exception {
        publish(0, 1, 2);
        listener.known = 1; // less than was read
        try (LogTail tail = new LogTail(connection, Topics.NODE_HEARTBEATS, partition -> partition == 0, listener)) {
            tail.start();
            assertTold(0, 1, 2);
            publish(3, 4);
            assertTold(3, 4);
            assertThat(listener.told).isEmpty();
        }
    }

    @Test
    void whatIsOfNoInterestIsNotEvenDecoded() throws Exception {
        listener.ignored = "other";
        publish(0);
        producer.send(new ProducerRecord<>(Topics.NODE_HEARTBEATS.name(), 0, "other", new byte[] {1, 2, 3}))
                .get();
        publish(1);
        try (LogTail tail = new LogTail(connection, Topics.NODE_HEARTBEATS, partition -> partition == 0, listener)) {
            tail.start();
            assertTold(0, 1);
            producer.send(new ProducerRecord<>(Topics.NODE_HEARTBEATS.name(), 0, "n1", new byte[] {1, 2, 3}))
                    .get();
            while (tail.failure() == null) {
                Thread.sleep(Duration.ofMillis(20)); // the test's time limit ends a tail that takes it
            }
            assertThat(tail.failure()).hasMessageContaining("under its key 'n1'");
        }
    }

    private static void awaitAt(LogTail tail, long offset) throws InterruptedException {
        while (!tail.isAt(offset)) {
            Thread.sleep(Duration.ofMillis(20)); // the test's time limit ends a tail that never gets there
        }
    }

    private void assertTold(long... sequences) throws InterruptedException {
        for (long sequence : sequences) {
            assertThat(listener.told.poll(90, TimeUnit.SECONDS)).isEqualTo(sequence);
        }
    }

    private void publish(long... sequences) throws Exception {
        for (long sequence : sequences) {
            producer.send(new ProducerRecord<>(
                            Topics.NODE_HEARTBEATS.name(),
                            0,
                            "n1",
                            NodeHeartbeat.newBuilder()
                                    .setNodeName("n1")
                                    .setNodeEpoch(1)
                                    .setSequence(sequence)
                                    .build()))
                    .get();
        }
    }
}
