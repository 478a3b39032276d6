package dev.waybill.quota.pool.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.waybill.embedded.EmbeddedKafka;
import dev.waybill.embedded.EmbeddedRedis;
import dev.waybill.embedded.EmbeddedSchemaRegistry;
import dev.waybill.events.ContainerRef;
import dev.waybill.events.ContainerUsageSampled;
import dev.waybill.events.NodeHeartbeat;
import dev.waybill.events.UsageReported;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.registry.RestSchemaRegistry;
import dev.waybill.events.serde.EventSerializer;
import dev.waybill.events.serde.Payload;
import dev.waybill.quota.QuotaServiceApplication;
import dev.waybill.runtime.DeadLetters;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.TopicProvisioner;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;

/** The binding meterUsage with junk between good samples: a dead letter each, and the next sample counts. */
@Timeout(600)
class MeterUsageIT {
    private static final byte[] NOT_AVRO = "junk".getBytes(StandardCharsets.UTF_8);
    private static final byte[] UNKNOWN_SCHEMA = {0, 0x7f, 0, 0, 1, 2, 3};
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    Path directory;

    @Test
    void junkBetweenSamplesIsADeadLetterAndTheNextSampleCounts() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"));
                EmbeddedSchemaRegistry registry = EmbeddedSchemaRegistry.start(kafka.bootstrapServers(), 0);
                EmbeddedRedis redis = EmbeddedRedis.start(directory.resolve("redis"))) {
            KafkaConnection connection = new KafkaConnection(kafka.bootstrapServers(), registry.url(), Map.of());
            TopicProvisioner.ensure(connection, Topics.all());
            byte[] wrongType = new EventSerializer(new RestSchemaRegistry(registry.url()))
                    .serialize(Topics.NODE_HEARTBEATS.name(), heartbeat());
            try (KafkaProducer<String, Object> producer = new KafkaProducer<>(connection.producer())) {
                for (Object value :
                        List.of(sample(0, 0), NOT_AVRO, UNKNOWN_SCHEMA, wrongType, sample(4, 3), sample(12, 3))) {
                    producer.send(new ProducerRecord<>(Topics.USAGE.name(), "k", value))
                            .get();
                }
            }
            try (ConfigurableApplicationContext service = start(connection, redis)) {
                assertThat(service.isActive()).isTrue();
                KafkaConsumer<String, Payload> reports = new KafkaConsumer<>(connection.consumer());
                UsageReported report = (UsageReported) ((Payload.Known) first(Topics.USAGE_REPORTS.name(), reports, 1)
                                .getFirst()
                                .value())
                        .event();
                assertThat(report.getSamples()).isEqualTo(2);
                assertThat(report.getCpuCoreSeconds()).isEqualTo(3, within(1e-9));
                List<ConsumerRecord<String, byte[]>> dead = first(
                        Topics.USAGE.deadLetterName("quota-service"),
                        new KafkaConsumer<>(connection.common(), new StringDeserializer(), new ByteArrayDeserializer()),
                        3);
                assertThat(dead).extracting(ConsumerRecord::value).containsExactly(NOT_AVRO, UNKNOWN_SCHEMA, wrongType);
                assertThat(cause(dead.get(0))).contains("wire format");
                assertThat(cause(dead.get(1))).contains("no schema with id");
                assertThat(cause(dead.get(2))).contains("unexpected event dev.waybill.events.NodeHeartbeat");
            }
        }
    }

    private static ConfigurableApplicationContext start(KafkaConnection connection, EmbeddedRedis redis) {
        return QuotaServiceApplication.builder()
                .run(
                        "--waybill.kafka.bootstrap-servers=" + connection.bootstrapServers(),
                        "--waybill.registry.url=" + connection.registryUrl(),
                        "--waybill.quota.redis-url=" + redis.url());
    }

    /** The first records of a topic, once there are that many; the class's time limit ends the wait. */
    private static <V> List<ConsumerRecord<String, V>> first(String topic, KafkaConsumer<String, V> opened, int count) {
        List<ConsumerRecord<String, V>> records = new ArrayList<>();
        try (KafkaConsumer<String, V> consumer = opened) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            while (records.size() < count) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
        }
        return records;
    }

    private static String cause(ConsumerRecord<String, byte[]> record) {
        return new String(record.headers().lastHeader(DeadLetters.CAUSE).value(), StandardCharsets.UTF_8);
    }

    private static NodeHeartbeat heartbeat() {
        return NodeHeartbeat.newBuilder()
                .setNodeName("n")
                .setNodeEpoch(1)
                .setSequence(1)
                .build();
    }

    private static ContainerUsageSampled sample(long second, long cpuSeconds) {
        return ContainerUsageSampled.newBuilder()
                .setContainer(ContainerRef.newBuilder()
                        .setNodeName("n")
                        .setPodUid("u")
                        .setNamespace("shop")
                        .setPodName("web")
                        .setContainerName("c")
                        .setContainerId("id")
                        .setAttempt(0)
                        .build())
                .setSampledAt(START.plusSeconds(second))
                .setCpuNanos(Duration.ofSeconds(cpuSeconds).toNanos())
                .setMemoryUsageBytes(2048)
                .setMemoryWorkingSetBytes(1024)
                .setIoReadBytes(0)
                .setIoWriteBytes(0)
                .setPids(1)
                .build();
    }
}
