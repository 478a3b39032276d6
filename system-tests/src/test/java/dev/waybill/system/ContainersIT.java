package dev.waybill.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.embedded.EmbeddedSchemaRegistry;
import dev.waybill.events.NodeHeartbeat;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.serde.Payload;
import dev.waybill.quota.pool.Amounts;
import dev.waybill.quota.pool.QuotaLedger;
import dev.waybill.quota.pool.redis.RedisQuotaLedger;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.KafkaEventPublisher;
import dev.waybill.runtime.TopicProvisioner;
import dev.waybill.runtime.TraceContext;
import io.lettuce.core.RedisURI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.kafka.KafkaContainer;

/** The serde and the quota ledger against Kafka and Redis as others run them: where a container engine answers. */
@Timeout(600)
class ContainersIT {
    private static final String KAFKA = "apache/kafka:4.2.0";
    private static final String REDIS = "redis:7-alpine";
    private static final int REDIS_PORT = 6379;

    private static String missing = "";

    @BeforeAll
    static void lookForAnEngine() {
        if (!DockerClientFactory.instance().isDockerAvailable()) {
            missing = "no container engine answers (DOCKER_HOST, /var/run/docker.sock)";
            System.out.println("SKIPPED: ContainersIT: " + missing);
        }
    }

    @BeforeEach
    void needsAnEngine() {
        assumeTrue(missing.isEmpty(), missing);
    }

    @Test
    void eventsComeBackFromKafkaAsTheyWerePublished() {
        try (KafkaContainer kafka = new KafkaContainer(KAFKA)) {
            kafka.start();
            try (EmbeddedSchemaRegistry registry = EmbeddedSchemaRegistry.start(kafka.getBootstrapServers(), 0)) {
                KafkaConnection connection = new KafkaConnection(kafka.getBootstrapServers(), registry.url(), Map.of());
                TopicProvisioner.ensure(connection, Topics.all());
                List<NodeHeartbeat> published = List.of(heartbeat(1), heartbeat(2));
                try (KafkaEventPublisher publisher = new KafkaEventPublisher(connection, "containers")) {
                    for (NodeHeartbeat heartbeat : published) {
                        publisher.publish(Topics.NODE_HEARTBEATS, "n", heartbeat, TraceContext.NONE);
                    }
                    publisher.flush();
                }
                assertThat(read(connection, published.size())).isEqualTo(published);
            }
        }
    }

    @Test
    void theLedgerReservesOnceRefusesWhatDoesNotFitAndReleases() {
        try (GenericContainer<?> redis = new GenericContainer<>(REDIS)) {
            redis.withExposedPorts(REDIS_PORT).start();
            Amounts pod = new Amounts(400, 1 << 18, 1);
            Amounts capacity = new Amounts(1_000, 1 << 20, 2);
            RedisURI uri = RedisURI.create(redis.getHost(), redis.getMappedPort(REDIS_PORT));
            try (RedisQuotaLedger ledger = new RedisQuotaLedger(uri)) {
                assertThat(ledger.intact("p")).isFalse();
                ledger.rebuild("p", Map.of());
                assertThat(ledger.reserve("p", "a", pod, capacity)).isEqualTo(new QuotaLedger.Attempt(true, pod));
                assertThat(ledger.reserve("p", "a", pod, capacity)).isEqualTo(new QuotaLedger.Attempt(true, pod));
                assertThat(ledger.reserve("p", "b", pod, capacity).reserved()).isTrue();
                assertThat(ledger.reserve("p", "c", pod, capacity).reserved()).isFalse();
                assertThat(ledger.release("p", "a")).isEqualTo(pod);
                assertThat(ledger.reserve("p", "c", pod, capacity).reserved()).isTrue();
            }
        }
    }

    private static NodeHeartbeat heartbeat(long sequence) {
        return NodeHeartbeat.newBuilder()
                .setNodeName("n")
                .setNodeEpoch(1)
                .setSequence(sequence)
                .build();
    }

    private static List<Object> read(KafkaConnection connection, int count) {
        List<Object> events = new ArrayList<>();
        try (KafkaConsumer<String, Payload> consumer = new KafkaConsumer<>(connection.consumer())) {
            TopicPartition partition = new TopicPartition(Topics.NODE_HEARTBEATS.name(), 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            while (events.size() < count) {
                for (ConsumerRecord<String, Payload> record : consumer.poll(Duration.ofMillis(200))) {
                    events.add(((Payload.Known) record.value()).event());
                }
            }
        }
        return events;
    }
}
