package dev.waybill.gateway.state.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.embedded.EmbeddedKafka;
import dev.waybill.embedded.EmbeddedSchemaRegistry;
import dev.waybill.events.WriterProgress;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.objects.NodeKey;
import dev.waybill.events.objects.SecretCipher;
import dev.waybill.events.serde.Payload;
import dev.waybill.gateway.Eventually;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.runtime.EventRecords;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.TopicProvisioner;
import dev.waybill.runtime.TraceContext;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
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

/** What of a portion can be seen, and when. */
@Timeout(300)
class WriterCommitsIT {
    private static final TopicPartition OUTCOMES = new TopicPartition(Topics.OUTCOMES.name(), 0);

    @TempDir
    Path directory;

    private EmbeddedKafka kafka;
    private EmbeddedSchemaRegistry registry;
    private KafkaConnection connection;
    private KafkaResourceTail tail;
    private NodeSecrets secrets;

    @BeforeEach
    void start() throws Exception {
        kafka = EmbeddedKafka.start(directory.resolve("kafka"));
        registry = EmbeddedSchemaRegistry.start(kafka.bootstrapServers(), 0);
        connection = new KafkaConnection(kafka.bootstrapServers(), registry.url(), Map.of());
        TopicProvisioner.ensure(connection, Topics.all());
        tail = new KafkaResourceTail(connection);
        tail.start();
        tail.awaitCaughtUp(Duration.ofSeconds(30));
        secrets = new NodeSecrets(
                SecretCipher.fromKeyFile(directory.resolve("key")), NodeKey.ensure(directory.resolve("nodes")));
    }

    @AfterEach
    void end() {
        tail.close();
        registry.close();
        kafka.close();
    }

    @Test
    void whatWasSentIsSeenWithItsCommit() throws Exception {
        try (Producer<String, Object> producer = producer();
                WriterCommits commits = new WriterCommits(producer, tail, () -> {})) {
            producer.initTransactions();
            WriterOutputs outputs = new WriterOutputs(secrets);
            commits.send(outputs);
            assertThat(outputs.isEmpty()).isTrue();
            add(outputs, "a");
            commits.send(outputs);
            assertThat(outputs.isEmpty()).isFalse();
            producer.flush();
            assertThat(seen("read_uncommitted")).containsExactly("a");
            assertThat(seen("read_committed")).isEmpty();
            add(outputs, "b");
            commits.begin(outputs, ResourceImage.EMPTY, progress());
            commits.await();
            Eventually.holds(() -> seen("read_committed").equals(List.of("a", "b")));
        }
    }

    @Test
    void aPortionThatCameToNoCommitIsNeverSeen() throws Exception {
        try (Producer<String, Object> producer = producer();
                WriterCommits commits = new WriterCommits(producer, tail, () -> {})) {
            producer.initTransactions();
            WriterOutputs outputs = new WriterOutputs(secrets);
            add(outputs, "lost");
            commits.send(outputs);
            producer.flush();
            assertThat(seen("read_uncommitted")).containsExactly("lost");
        }
        try (Producer<String, Object> producer = producer();
                WriterCommits commits = new WriterCommits(producer, tail, () -> {})) {
            producer.initTransactions();
            WriterOutputs outputs = new WriterOutputs(secrets);
            add(outputs, "kept");
            commits.begin(outputs, ResourceImage.EMPTY, progress());
            commits.await();
        }
        Eventually.holds(() -> seen("read_committed").equals(List.of("kept")));
    }

    private Producer<String, Object> producer() {
        Map<String, Object> properties = connection.producer();
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "writer");
        properties.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 10_000);
        return new KafkaProducer<>(properties);
    }

    private static void add(WriterOutputs outputs, String key) {
        outputs.add(EventRecords.toSend(Topics.OUTCOMES, key, null, TraceContext.NONE, WriterOutputs.SOURCE));
    }

    private static WriterProgress progress() {
        return WriterProgress.newBuilder()
                .setPositions(Map.of())
                .setRevision(0)
                .setWriter("one")
                .build();
    }

    /** The keys of all outcomes up to where readers of this kind may read. */
    private List<String> seen(String isolation) {
        Map<String, Object> properties = connection.consumer();
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation);
        List<String> keys = new ArrayList<>();
        try (KafkaConsumer<String, Payload> consumer = new KafkaConsumer<>(properties)) {
            consumer.assign(List.of(OUTCOMES));
            consumer.seekToBeginning(List.of(OUTCOMES));
            long end = consumer.endOffsets(List.of(OUTCOMES)).getOrDefault(OUTCOMES, 0L);
            while (consumer.position(OUTCOMES) < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> keys.add(record.key()));
            }
        }
        return keys;
    }
}
