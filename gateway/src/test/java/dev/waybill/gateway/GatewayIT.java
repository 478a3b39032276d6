package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.embedded.EmbeddedKafka;
import dev.waybill.embedded.EmbeddedSchemaRegistry;
import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.NodeRegistered;
import dev.waybill.events.RequestOperation;
import dev.waybill.events.RequestOutcome;
import dev.waybill.events.catalog.Topic;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.registry.RestSchemaRegistry;
import dev.waybill.events.serde.EventSerializer;
import dev.waybill.events.serde.Payload;
import dev.waybill.gateway.auth.ClusterCertificates;
import dev.waybill.gateway.http.GatewayReadiness;
import dev.waybill.gateway.state.kafka.ResourceTail;
import dev.waybill.runtime.DeadLetters;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.KafkaEventPublisher;
import dev.waybill.runtime.TraceContext;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
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
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The gateway with its writer against a real broker: HTTPS in, log, HTTPS out. */
@Timeout(600)
class GatewayIT {
    private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

    @TempDir
    static Path directory;

    private static EmbeddedKafka kafka;
    private static EmbeddedSchemaRegistry registry;
    private static KafkaConnection connection;
    private static ConfigurableApplicationContext gateway;
    private static int port;
    private static HttpClient admin;

    @BeforeAll
    static void start() throws Exception {
        kafka = EmbeddedKafka.start(directory.resolve("kafka"));
        registry = EmbeddedSchemaRegistry.start(kafka.bootstrapServers(), 0);
        connection = new KafkaConnection(kafka.bootstrapServers(), registry.url(), Map.of());
        port = EmbeddedKafka.freePort();
        gateway = run(port);
        admin = client("admin");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        registry.close();
        kafka.close();
    }

    @Test
    void aSubscriberThatFailsKeepsNobodyFromBeingToldOrAnswered() throws Exception {
        ResourceTail tail = gateway.getBean(ResourceTail.class);
        ResourceTail.Type maps = new ResourceTail.Type("", "configmaps");
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        long now = tail.image().revision();
        try (ResourceTail.Subscription _ = tail.subscribe(now, changes -> failing(told));
                ResourceTail.Subscription _ = tail.subscribe(now, maps, changes -> failing(told));
                ResourceTail.Subscription _ = tail.subscribe(
                        now,
                        maps,
                        changes -> told.add(changes.getLast().object().name()))) {
            for (String name : List.of("told-1", "told-2")) {
                assertThat(send("POST", CONFIG_MAPS, configMap(name, "1")).statusCode())
                        .isEqualTo(201);
                List<String> heard = new ArrayList<>();
                while (!heard.containsAll(List.of("failed", name))) {
                    heard.add(told.poll(90, TimeUnit.SECONDS));
                    assertThat(heard).doesNotContainNull();
                }
            }
        }
    }

    private static void failing(Queue<String> told) {
        told.add("failed");
        throw new IllegalStateException("a subscriber of the test fails");
    }

    @Test
    void createsReadsUpdatesAndDeletes() throws Exception {
        HttpResponse<String> created = send("POST", CONFIG_MAPS, configMap("life", "1"));
        assertThat(created.statusCode()).isEqualTo(201);
        long revision = json(created).at("/metadata/resourceVersion").asLong();
        assertThat(json(created).at("/metadata/uid").asString("")).hasSize(36);
        assertThat(json(send("GET", CONFIG_MAPS + "/life", null)).at("/data/k").asString())
                .isEqualTo("1");

        assertThat(send("POST", CONFIG_MAPS, configMap("life", "1")).statusCode())
                .isEqualTo(409);
        HttpResponse<String> updated = send("PUT", CONFIG_MAPS + "/life", configMap("life", "2"));
        assertThat(updated.statusCode()).isEqualTo(200);
        assertThat(json(updated).at("/metadata/resourceVersion").asLong()).isGreaterThan(revision);
        HttpResponse<String> stale = send(
                "PUT",
                CONFIG_MAPS + "/life",
                configMap("life", "3").replace("\"life\"", "\"life\",\"resourceVersion\":\"" + revision + "\""));
        assertThat(stale.statusCode()).isEqualTo(409);
        assertThat(json(stale).path("reason").asString()).isEqualTo("Conflict");

        assertThat(send("DELETE", CONFIG_MAPS + "/life", null).statusCode()).isEqualTo(200);
        assertThat(send("GET", CONFIG_MAPS + "/life", null).statusCode()).isEqualTo(404);
    }

    @Test
    void saysWhatIsWrongWithWhichField() throws Exception {
        HttpResponse<String> badName = send("POST", CONFIG_MAPS, configMap("Bad_Name", "1"));
        assertThat(badName.statusCode()).isEqualTo(422);
        assertThat(json(badName).at("/details/causes/0/field").asString()).isEqualTo("metadata.name");
        HttpResponse<String> unknown = send(
                "POST",
                CONFIG_MAPS + "?fieldValidation=Strict",
                configMap("x", "1").replace("data", "dat"));
        assertThat(unknown.statusCode()).isEqualTo(400);
        assertThat(unknown.body()).contains("unknown field \\\"dat\\\"");
        assertThat(send("POST", CONFIG_MAPS, "{").statusCode()).isEqualTo(400);
        assertThat(send("GET", "/api/v1/nonsense", null).statusCode()).isEqualTo(404);
        assertThat(send("POST", "/api/v1/namespaces/none/configmaps", configMap("x", "1"))
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void whatIsTooLargeIsRefusedAndNothingStops() throws Exception {
        String large = "x".repeat(1_200_000);
        HttpResponse<String> data = send("POST", CONFIG_MAPS, configMap("large", large));
        assertThat(data.statusCode()).isEqualTo(422);
        assertThat(data.body())
                .contains("Too long: may not be more than 1048576 bytes")
                .hasSizeLessThan(100_000);
        HttpResponse<String> object = send("POST", "/api/v1/namespaces/default/podtemplates", """
                {"apiVersion":"v1","kind":"PodTemplate","metadata":{"name":"large"},"template":{"spec":{"containers":[
                 {"name":"c","image":"i","args":["%s"]}]}}}""".formatted(large));
        assertThat(object.statusCode()).isEqualTo(413);
        assertThat(object.body()).contains("the object is larger than 950000 bytes");
        HttpResponse<String> quoted = send("POST", CONFIG_MAPS, configMap("Y".repeat(600_000), "1"));
        assertThat(quoted.statusCode()).isEqualTo(422);
        assertThat(quoted.body()).hasSizeLessThan(100_000);
        assertThat(send("POST", CONFIG_MAPS, configMap("after-large", "1")).statusCode())
                .isEqualTo(201);
    }

    @Test
    void withoutCredentialsOnlyHealthVersionAndDiscoveryAnswer() throws Exception {
        HttpClient nobody = HttpClient.newBuilder()
                .sslContext(ClusterCertificates.ensure(directory.resolve("data/pki"))
                        .trustOnly())
                .build();
        for (String path : List.of(CONFIG_MAPS, "/openapi/v3", "/nonsense")) {
            assertThat(send(nobody, "GET", path, null).statusCode()).as(path).isEqualTo(401);
        }
        for (String path : List.of("/healthz", "/livez", "/readyz", "/version", "/api", "/apis", "/apis/apps/v1")) {
            assertThat(send(nobody, "GET", path, null).statusCode()).as(path).isEqualTo(200);
        }
        assertThat(send(client("gateway-client"), "GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles", null)
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void aWatchSeesEachChangeOnce() throws Exception {
        String from = json(send("GET", CONFIG_MAPS, null))
                .at("/metadata/resourceVersion")
                .asString();
        HttpRequest request = HttpRequest.newBuilder(uri(CONFIG_MAPS + "?watch=true&timeoutSeconds=20"
                        + "&labelSelector=watched%3Dyes&resourceVersion=" + from))
                .build();
        HttpResponse<InputStream> watch = admin.send(request, HttpResponse.BodyHandlers.ofInputStream());
        send("POST", CONFIG_MAPS, configMap("unwatched", "1"));
        String labelled =
                configMap("watched", "1").replace("\"watched\"", "\"watched\",\"labels\":{\"watched\":\"yes\"}");
        send("POST", CONFIG_MAPS, labelled);
        send("PUT", CONFIG_MAPS + "/watched", labelled.replace("\"1\"", "\"2\""));
        send("DELETE", CONFIG_MAPS + "/watched", null);
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(watch.body(), StandardCharsets.UTF_8))) {
            for (String type : List.of("ADDED", "MODIFIED", "DELETED")) {
                JsonNode event = JsonMapper.shared().readTree(lines.readLine());
                assertThat(event.path("type").asString()).isEqualTo(type);
                assertThat(event.at("/object/metadata/name").asString()).isEqualTo("watched");
            }
        }
    }

    @Test
    void secretsAreSealedInTheLog() throws Exception {
        String secret = "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\"},"
                + "\"stringData\":{\"password\":\"hunter2\"}}";
        HttpResponse<String> created = send("POST", "/api/v1/namespaces/default/secrets", secret);
        assertThat(json(created).at("/data/password").asString()).isEqualTo("aHVudGVyMg==");
        for (Topic topic : List.of(Topics.OUTCOMES, Topics.RESOURCES)) {
            for (ConsumerRecord<String, byte[]> record : raw(topic.name(), 1)) {
                String value = record.value() == null ? "" : new String(record.value(), StandardCharsets.ISO_8859_1);
                assertThat(value).doesNotContain("aHVudGVyMg==").doesNotContain("hunter2");
            }
        }
    }

    @Test
    void aRequestByEventGetsTheSameAnswer() throws Exception {
        RequestOutcome created = publish(
                "by-event-1",
                configMap("by-event", "1").replace("\"by-event\"", "\"by-event\",\"namespace\":\"default\""));
        assertThat(created.getAccepted()).isTrue();
        assertThat(json(send("GET", CONFIG_MAPS + "/by-event", null))
                        .at("/data/k")
                        .asString())
                .isEqualTo("1");
        RequestOutcome refused = publish("by-event-2", """
                {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default"},
                 "spec":{"replicas":"three","selector":{"matchLabels":{"a":"b"}},
                  "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}
                """);
        assertThat(refused.getAccepted()).isFalse();
        assertThat(refused.getCode()).isEqualTo(422);
        assertThat(refused.getMessage()).contains("spec.replicas");
    }

    @Test
    void junkOnEachInputIsADeadLetterAndTheNextEventIsHandled() throws Exception {
        List<String> inputs = List.of(
                Topics.REQUESTS.name(),
                Topics.requestsOf("local").name(),
                Topics.SCHEDULING.name(),
                Topics.QUOTA.name(),
                Topics.POD_STATUS.name(),
                Topics.NODE_STATUS.name());
        byte[] junk = "junk".getBytes(StandardCharsets.UTF_8);
        try (KafkaProducer<String, Object> producer = new KafkaProducer<>(connection.producer())) {
            for (String topic : inputs) {
                producer.send(new ProducerRecord<>(topic, "k", junk)).get();
            }
        }
        assertThat(send("POST", CONFIG_MAPS, configMap("after-junk", "1")).statusCode())
                .isEqualTo(201);
        for (String topic : inputs) {
            ConsumerRecord<String, byte[]> dead = deadLetter(topic, junk);
            assertThat(new String(dead.headers().lastHeader(DeadLetters.CAUSE).value(), StandardCharsets.UTF_8))
                    .as(topic)
                    .contains("wire format");
        }
    }

    @Test
    void aPublisherCannotSpeakForTheSchedulerOrANode() throws Exception {
        NodeRegistered forged = NodeRegistered.newBuilder()
                .setNodeName("forged")
                .setNodeEpoch(1)
                .setNode("{\"metadata\":{\"name\":\"forged\"}}")
                .build();
        // Encoded as for its own topic: the subject of the publisher's topic is for requests only.
        byte[] bytes = new EventSerializer(new RestSchemaRegistry(registry.url()))
                .serialize(Topics.NODE_STATUS.name(), forged);
        try (KafkaProducer<String, Object> producer = new KafkaProducer<>(connection.producer())) {
            producer.send(new ProducerRecord<>(Topics.requestsOf("local").name(), "forged", (Object) bytes))
                    .get();
        }
        assertThat(publish(
                                "after-forged",
                                configMap("after-forged", "1")
                                        .replace("\"after-forged\"", "\"after-forged\",\"namespace\":\"default\""))
                        .getAccepted())
                .isTrue();
        assertThat(send("GET", "/api/v1/nodes/forged", null).statusCode()).isEqualTo(404);
        assertThat(raw(Topic.deadLetterName(Topics.requestsOf("local").name(), "gateway"), 1))
                .anySatisfy(dead -> assertThat(new String(
                                dead.headers().lastHeader(DeadLetters.CAUSE).value(), StandardCharsets.UTF_8))
                        .contains("unexpected event dev.waybill.events.NodeRegistered"));
    }

    @Test
    void aSecondGatewayFencesTheFirstAndLosesNothing() throws Exception {
        send("POST", CONFIG_MAPS, configMap("before", "1"));
        int other = EmbeddedKafka.freePort();
        try (ConfigurableApplicationContext second = run(other)) {
            assertThat(second.isActive()).isTrue();
            HttpRequest read = HttpRequest.newBuilder(
                            URI.create("https://127.0.0.1:" + other + CONFIG_MAPS + "/before"))
                    .build();
            assertThat(admin.send(read, HttpResponse.BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
        }
        gateway.close();
        gateway = run(port);
        assertThat(send("GET", CONFIG_MAPS + "/before", null).statusCode()).isEqualTo(200);
        assertThat(send("POST", CONFIG_MAPS, configMap("after", "1")).statusCode())
                .isEqualTo(201);
    }

    private static ConfigurableApplicationContext run(int httpsPort) throws InterruptedException {
        ConfigurableApplicationContext context = GatewayApplication.builder()
                .run(
                        "--server.port=" + httpsPort,
                        "--waybill.data-dir=" + directory.resolve("data"),
                        "--waybill.kafka.bootstrap-servers=" + connection.bootstrapServers(),
                        "--waybill.registry.url=" + connection.registryUrl());
        GatewayReadiness readiness = context.getBean(GatewayReadiness.class);
        while (!readiness.getAsBoolean()) {
            Thread.sleep(Duration.ofMillis(10)); // the class's time limit ends a gateway that never gets ready
        }
        return context;
    }

    private static HttpClient client(String credential) {
        return HttpClient.newBuilder()
                .sslContext(ClusterCertificates.ensure(directory.resolve("data/pki"))
                        .clientContext(credential))
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    private static URI uri(String path) {
        return URI.create("https://127.0.0.1:" + port + path);
    }

    private static HttpResponse<String> send(String method, String path, String body) throws Exception {
        return send(admin, method, path, body);
    }

    private static HttpResponse<String> send(HttpClient client, String method, String path, String body)
            throws Exception {
        HttpRequest request = HttpRequest.newBuilder(uri(path))
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode json(HttpResponse<String> response) {
        return JsonMapper.shared().readTree(response.body());
    }

    private static String configMap(String name, String value) {
        return "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"" + name
                + "\"},\"data\":{\"k\":\"" + value + "\"}}";
    }

    private static RequestOutcome publish(String id, String manifest) {
        try (KafkaEventPublisher publisher = new KafkaEventPublisher(connection, "local")) {
            DesiredStateRequest request = DesiredStateRequest.newBuilder()
                    .setOperation(RequestOperation.CREATE)
                    .setManifest(manifest)
                    .build();
            publisher.publish(Topics.requestsOf("local"), "", request, TraceContext.newRoot(), id);
            publisher.flush();
        }
        try (KafkaConsumer<String, Payload> consumer = new KafkaConsumer<>(connection.consumer())) {
            TopicPartition outcomes = new TopicPartition(Topics.OUTCOMES.name(), 0);
            consumer.assign(List.of(outcomes));
            consumer.seekToBeginning(List.of(outcomes));
            while (true) {
                for (ConsumerRecord<String, Payload> record : consumer.poll(Duration.ofMillis(200))) {
                    if (((Payload.Known) record.value()).event() instanceof RequestOutcome outcome
                            && outcome.getRequestId().equals(id)) {
                        return outcome;
                    }
                }
            }
        }
    }

    /** The dead letter with these bytes, waiting until it is there; the class's time limit ends it. */
    private static ConsumerRecord<String, byte[]> deadLetter(String topic, byte[] bytes) {
        while (true) {
            for (ConsumerRecord<String, byte[]> record : raw(Topic.deadLetterName(topic, "gateway"), 1)) {
                if (java.util.Arrays.equals(record.value(), bytes)) {
                    return record;
                }
            }
        }
    }

    /** Everything on a topic's first partition, once there are that many records. */
    private static List<ConsumerRecord<String, byte[]>> raw(String topic, int least) {
        List<ConsumerRecord<String, byte[]>> records = new java.util.ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(connection.common(), new StringDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (records.size() < least || consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
        }
        return records;
    }
}
