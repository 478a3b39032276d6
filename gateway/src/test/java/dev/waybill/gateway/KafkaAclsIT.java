package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.embedded.EmbeddedKafka;
import dev.waybill.embedded.EmbeddedSchemaRegistry;
import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOperation;
import dev.waybill.events.RequestOutcome;
import dev.waybill.events.catalog.KafkaAccess;
import dev.waybill.events.catalog.KafkaAccess.Grant;
import dev.waybill.events.catalog.Topic;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.serde.Payload;
import dev.waybill.gateway.http.GatewayReadiness;
import dev.waybill.runtime.BindingGate;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.KafkaEventPublisher;
import dev.waybill.runtime.TraceContext;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;

/** A broker that knows who is who: the gateway works with its rights, and nobody has another's. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KafkaAclsIT {
    private static final List<String> PRINCIPALS = List.of(
            KafkaAccess.GATEWAY,
            KafkaAccess.SCHEDULER,
            KafkaAccess.QUOTA,
            KafkaAccess.IMAGES,
            KafkaAccess.NODES,
            KafkaAccess.publisher("local"),
            KafkaAccess.publisher("shop"),
            "outsider");

    @TempDir
    static Path directory;

    private static EmbeddedKafka kafka;
    private static EmbeddedSchemaRegistry registry;
    private static int port;
    private static ConfigurableApplicationContext gateway;

    @BeforeAll
    static void start() throws Exception {
        port = EmbeddedKafka.freePort();
        int controller = EmbeddedKafka.freePort();
        int open = EmbeddedKafka.freePort();
        kafka = EmbeddedKafka.start(directory.resolve("kafka"), port, controller, settings(controller, open));
        registry = EmbeddedSchemaRegistry.start("127.0.0.1:" + open, 0);
        allow();
        List<String> arguments = new ArrayList<>(List.of(
                "--server.port=" + EmbeddedKafka.freePort(),
                "--waybill.data-dir=" + directory.resolve("data"),
                "--waybill.gateway.publishers=local,shop",
                "--waybill.kafka.bootstrap-servers=" + kafka.bootstrapServers(),
                "--waybill.registry.url=" + registry.url()));
        credentials(KafkaAccess.GATEWAY).forEach((name, value) -> {
            arguments.add("--waybill.kafka.properties." + name + "=" + value);
            arguments.add("--spring.cloud.stream.kafka.binder.configuration." + name + "=" + value);
        });
        gateway = GatewayApplication.builder().run(arguments.toArray(String[]::new));
        while (!gateway.getBean(GatewayReadiness.class).getAsBoolean()
                || !gateway.getBean(BindingGate.class).ready()) {
            Thread.sleep(Duration.ofMillis(10)); // the class's time limit ends a gateway that never gets ready
        }
    }

    @AfterAll
    static void stop() {
        if (gateway != null) {
            gateway.close();
        }
        registry.close();
        kafka.close();
    }

    @Test
    void aPublisherAsksOnItsOwnTopicAndReadsItsAnswer() {
        RequestOutcome local = ask("local");
        assertThat(local.getCode()).as(local.getMessage()).isEqualTo(201);
        RequestOutcome shop = ask("shop");
        assertThat(shop.getCode()).as("bound to no role").isEqualTo(403);
        assertThat(shop.getMessage()).contains("User \"system:publisher:shop\"");
    }

    @Test
    void nobodyWritesWhatIsAnothers() throws Exception {
        List<String> topics =
                new ArrayList<>(Topics.all().stream().map(Topic::name).toList());
        topics.add(Topics.requestsOf("local").name());
        topics.add(Topics.requestsOf("shop").name());
        for (String principal : PRINCIPALS) {
            for (String topic : topics) {
                boolean allowed = allowed(principal, KafkaAccess.Operation.WRITE, topic);
                if (!allowed) {
                    assertThat(write(principal, topic))
                            .as(principal + " on " + topic)
                            .isFalse();
                }
            }
        }
        // What the table says of the facts must not rest on the table alone.
        assertThat(write(KafkaAccess.SCHEDULER, Topics.RESOURCES.name())).isFalse();
        assertThat(write(KafkaAccess.SCHEDULER, Topics.REQUESTS.name())).isFalse();
        assertThat(write(KafkaAccess.SCHEDULER, Topics.SCHEDULER_REQUESTS.name()))
                .isTrue();
        assertThat(write(
                        KafkaAccess.publisher("shop"),
                        Topics.requestsOf("local").name()))
                .isFalse();
        assertThat(write(KafkaAccess.publisher("shop"), Topics.REQUESTS.name())).isFalse();
        assertThat(write(KafkaAccess.NODES, Topics.SCHEDULING.name())).isFalse();
        assertThat(write(KafkaAccess.NODES, Topics.POD_STATUS.name())).isTrue();
        assertThat(write(KafkaAccess.SCHEDULER, Topics.SCHEDULING.name())).isTrue();
        assertThat(write(
                        KafkaAccess.publisher("shop"), Topics.requestsOf("shop").name()))
                .isTrue();
    }

    @Test
    void nobodyReadsWhatIsAnothers() {
        for (String principal : PRINCIPALS) {
            for (Topic topic : Topics.all()) {
                assertThat(reads(principal, topic.name()))
                        .as(principal + " on " + topic.name())
                        .isEqualTo(allowed(principal, KafkaAccess.Operation.READ, topic.name()));
            }
        }
    }

    @Test
    void onlyTheGatewayMayBeTheWriter() {
        for (String principal : PRINCIPALS) {
            if (principal.equals(KafkaAccess.GATEWAY)) {
                continue; // it would fence the one that runs
            }
            Map<String, Object> properties = connection(principal).producer();
            properties.put("transactional.id", KafkaAccess.WRITER);
            properties.put("transaction.timeout.ms", 10_000);
            try (KafkaProducer<String, Object> producer = new KafkaProducer<>(properties)) {
                org.junit.jupiter.api.Assertions.assertThrows(
                        AuthorizationException.class, producer::initTransactions, principal);
            }
        }
    }

    private static Map<String, String> settings(int controller, int open) {
        StringBuilder users = new StringBuilder(
                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"admin\" password=\"admin\""
                        + " user_admin=\"admin\"");
        PRINCIPALS.forEach(name ->
                users.append(" user_").append(name).append("=\"").append(name).append('"'));
        Map<String, String> settings = new LinkedHashMap<>();
        String broker = "BROKER://127.0.0.1:" + port + ",OPEN://127.0.0.1:" + open;
        settings.put("listeners", broker + ",CONTROLLER://127.0.0.1:" + controller);
        settings.put("advertised.listeners", broker);
        settings.put("listener.security.protocol.map", "BROKER:SASL_PLAINTEXT,OPEN:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("inter.broker.listener.name", "BROKER");
        settings.put("sasl.enabled.mechanisms", "PLAIN");
        settings.put("sasl.mechanism.inter.broker.protocol", "PLAIN");
        settings.put("listener.name.broker.plain.sasl.jaas.config", users + ";");
        settings.put("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
        settings.put("super.users", "User:admin;User:ANONYMOUS");
        return settings;
    }

    private static void allow() throws Exception {
        List<Grant> grants = new ArrayList<>(KafkaAccess.services());
        grants.addAll(KafkaAccess.ofPublisher("local"));
        grants.addAll(KafkaAccess.ofPublisher("shop"));
        try (Admin admin = Admin.create(connection("admin").common())) {
            admin.createAcls(grants.stream().map(KafkaAclsIT::binding).toList())
                    .all()
                    .get();
        }
    }

    private static AclBinding binding(Grant grant) {
        return new AclBinding(
                new ResourcePattern(
                        ResourceType.valueOf(grant.target().name()),
                        grant.name(),
                        grant.prefix() ? PatternType.PREFIXED : PatternType.LITERAL),
                new AccessControlEntry(
                        "User:" + grant.principal(),
                        "*",
                        AclOperation.valueOf(grant.operation().name()),
                        AclPermissionType.ALLOW));
    }

    private static boolean allowed(String principal, KafkaAccess.Operation operation, String topic) {
        List<Grant> grants = new ArrayList<>(KafkaAccess.services());
        grants.addAll(KafkaAccess.ofPublisher("local"));
        grants.addAll(KafkaAccess.ofPublisher("shop"));
        return grants.stream()
                .anyMatch(grant -> grant.principal().equals(principal)
                        && grant.operation() == operation
                        && grant.target() == KafkaAccess.Target.TOPIC
                        && (grant.prefix() ? topic.startsWith(grant.name()) : topic.equals(grant.name())));
    }

    private static KafkaConnection connection(String principal) {
        return new KafkaConnection("127.0.0.1:" + port, registry.url(), Map.copyOf(credentials(principal)));
    }

    private static Map<String, String> credentials(String principal) {
        return Map.of(
                "security.protocol", "SASL_PLAINTEXT",
                "sasl.mechanism", "PLAIN",
                "sasl.jaas.config",
                        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"" + principal
                                + "\" password=\"" + principal + "\";");
    }

    private static boolean write(String principal, String topic) throws InterruptedException {
        Map<String, Object> properties = connection(principal).producer();
        properties.put("max.block.ms", 5_000);
        try (KafkaProducer<String, Object> producer = new KafkaProducer<>(properties)) {
            producer.send(new ProducerRecord<>(topic, "k", "junk".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                    .get();
            return true;
        } catch (ExecutionException e) {
            assertThat(e).hasCauseInstanceOf(AuthorizationException.class);
            return false;
        }
    }

    private static boolean reads(String principal, String topic) {
        try (KafkaConsumer<String, Payload> consumer =
                new KafkaConsumer<>(connection(principal).consumer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seek(partition, 0);
            consumer.poll(Duration.ofMillis(500));
            consumer.position(partition);
            consumer.endOffsets(List.of(partition));
            return true;
        } catch (AuthorizationException e) {
            return false;
        } catch (org.apache.kafka.clients.consumer.OffsetOutOfRangeException e) {
            return true;
        }
    }

    private static RequestOutcome ask(String publisher) {
        KafkaConnection own = connection(KafkaAccess.publisher(publisher));
        String id = "asked-by-" + publisher;
        try (KafkaEventPublisher events = new KafkaEventPublisher(own, publisher)) {
            DesiredStateRequest request = DesiredStateRequest.newBuilder()
                    .setOperation(RequestOperation.CREATE)
                    .setManifest("{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"m\"}}")
                    .build();
            events.publish(Topics.requestsOf(publisher), "", request, TraceContext.newRoot(), id);
            events.flush();
        }
        try (KafkaConsumer<String, Payload> consumer = new KafkaConsumer<>(own.consumer())) {
            TopicPartition outcomes = new TopicPartition(Topics.OUTCOMES.name(), 0);
            consumer.assign(List.of(outcomes));
            consumer.seekToBeginning(List.of(outcomes));
            while (true) {
                for (var record : consumer.poll(Duration.ofMillis(200))) {
                    if (((Payload.Known) record.value()).event() instanceof RequestOutcome outcome
                            && outcome.getRequestId().equals(id)) {
                        return outcome;
                    }
                }
            }
        }
    }
}
