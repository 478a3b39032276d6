package dev.waybill.quota.pool.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.embedded.EmbeddedKafka;
import dev.waybill.embedded.EmbeddedRedis;
import dev.waybill.embedded.EmbeddedSchemaRegistry;
import dev.waybill.events.Cause;
import dev.waybill.events.QuotaReserved;
import dev.waybill.events.ResourceChanged;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.serde.Payload;
import dev.waybill.quota.QuotaServiceApplication;
import dev.waybill.runtime.EventRecords;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.TopicProvisioner;
import dev.waybill.runtime.TraceContext;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;

/** Pods that were there before any pool have their place in the first one, whenever it comes. */
@Timeout(300)
class FirstPoolIT {
    private static final String POOL = """
            {"spec": {"capacity": {"cpu": "3"}, "namespaces": ["shop"]}}""";

    @TempDir
    Path directory;

    private EmbeddedKafka kafka;
    private EmbeddedSchemaRegistry registry;
    private EmbeddedRedis redis;
    private KafkaConnection connection;
    private KafkaProducer<String, Object> producer;
    private long revision;

    @BeforeEach
    void start() throws Exception {
        kafka = EmbeddedKafka.start(directory.resolve("kafka"));
        registry = EmbeddedSchemaRegistry.start(kafka.bootstrapServers(), 0);
        redis = EmbeddedRedis.start(directory.resolve("redis"));
        connection = new KafkaConnection(kafka.bootstrapServers(), registry.url(), Map.of());
        TopicProvisioner.ensure(connection, Topics.all());
        producer = new KafkaProducer<>(connection.producer());
    }

    @AfterEach
    void end() {
        producer.close();
        redis.close();
        registry.close();
        kafka.close();
    }

    @Test
    void aPoolThatComesLaterCountsThePodsBeforeIt() throws Exception {
        write("", "pods", "runs", pod(""));
        try (ConfigurableApplicationContext service = service();
                KafkaConsumer<String, Payload> quota = consumer()) {
            assertThat(service.isActive()).isTrue();
            write("", "pods", "waits", pod(gate()));
            write("", "services", "other", "{}");
            assertThat(reserved(quota, 0)).isEmpty();
            write("waybill.dev", "quotapools", "small", POOL);
            QuotaReserved first = reserved(quota, 1).getFirst();
            assertThat(first.getName()).isEqualTo("waits");
            assertThat(first.getUsed()).containsEntry("cpuMillis", 2_000L); // with the one that ran before
            write("", "pods", "later", pod(gate()));
            assertThat(reserved(quota, 1).getFirst().getName()).isEqualTo("later");
        }
    }

    @Test
    void aPoolThatIsThereAtTheStartIsServedAtOnce() throws Exception {
        write("waybill.dev", "quotapools", "small", POOL);
        write("", "pods", "waits", pod(gate()));
        try (ConfigurableApplicationContext service = service();
                KafkaConsumer<String, Payload> quota = consumer()) {
            assertThat(service.isActive()).isTrue();
            assertThat(reserved(quota, 1).getFirst().getName()).isEqualTo("waits");
        }
    }

    private ConfigurableApplicationContext service() {
        return QuotaServiceApplication.builder()
                .run(
                        "--waybill.kafka.bootstrap-servers=" + connection.bootstrapServers(),
                        "--waybill.registry.url=" + connection.registryUrl(),
                        "--waybill.quota.redis-url=" + redis.url());
    }

    private KafkaConsumer<String, Payload> consumer() {
        KafkaConsumer<String, Payload> consumer = new KafkaConsumer<>(connection.consumer());
        TopicPartition partition = new TopicPartition(Topics.QUOTA.name(), 0);
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        return consumer;
    }

    /** The next reservations: as many, or what comes in a second when none is awaited. */
    private static List<QuotaReserved> reserved(KafkaConsumer<String, Payload> quota, int count) {
        List<QuotaReserved> reserved = new ArrayList<>();
        do {
            quota.poll(Duration.ofSeconds(1)).forEach(record -> {
                if (record.value() instanceof Payload.Known known && known.event() instanceof QuotaReserved one) {
                    reserved.add(one);
                }
            });
        } while (reserved.size() < count);
        return reserved;
    }

    private static String gate() {
        return """
                "schedulingGates": [{"name": "waybill.dev/quota"}],""";
    }

    private static String pod(String gates) {
        return """
                {"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"},
                 "spec": {%s "containers": [{"name": "c", "resources": {"requests": {"cpu": "1"}}}]}}""".formatted(gates);
    }

    private void write(String group, String resource, String name, String object) throws Exception {
        String namespace = group.isEmpty() ? "shop" : "";
        ResourceChanged changed = ResourceChanged.newBuilder()
                .setGroup(group)
                .setVersion("v1")
                .setKind(resource)
                .setResource(resource)
                .setNamespace(namespace)
                .setName(name)
                .setUid("uid-" + name)
                .setRevision(++revision)
                .setGeneration(1)
                .setDeleted(false)
                .setObject(object)
                .setCause(Cause.newBuilder()
                        .setTopic(Topics.REQUESTS.name())
                        .setPartition(0)
                        .setOffset(revision)
                        .build())
                .build();
        producer.send(EventRecords.toSend(
                        Topics.RESOURCES,
                        group + "/" + resource + "/" + namespace + "/" + name,
                        changed,
                        TraceContext.NONE,
                        "test"))
                .get();
    }
}
