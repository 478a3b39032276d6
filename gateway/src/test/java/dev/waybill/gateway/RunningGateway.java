package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.embedded.EmbeddedKafka;
import dev.waybill.embedded.EmbeddedSchemaRegistry;
import dev.waybill.gateway.auth.ClusterCertificates;
import dev.waybill.gateway.http.GatewayReadiness;
import dev.waybill.gateway.http.Watches;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.kafka.ResourceTail;
import dev.waybill.runtime.BindingGate;
import dev.waybill.runtime.KafkaConnection;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A gateway with a broker and a registry of its own, for a test to talk to as an administrator: for one test, or, as a
 * static field with {@code @RegisterExtension}, for all of a class.
 */
final class RunningGateway implements AutoCloseable, BeforeAllCallback, AfterAllCallback {
    private final String[] settings;
    private final List<AutoCloseable> beneath = new ArrayList<>();
    private Path directory;
    private KafkaConnection connection;
    private ConfigurableApplicationContext context;
    private ClusterCertificates certificates;
    private HttpClient admin;
    private HttpClient nobody;
    private int port;

    private RunningGateway(String... settings) {
        this.settings = settings;
    }

    /** For all tests of a class. */
    static RunningGateway ofClass(String... settings) {
        return new RunningGateway(settings);
    }

    /** For one test, which closes it. */
    static RunningGateway start(Path directory, String... settings) throws InterruptedException {
        RunningGateway gateway = new RunningGateway(settings);
        gateway.start(directory);
        return gateway;
    }

    /** Another gateway on the same log, with the same certificates. */
    RunningGateway beside(String... other) throws InterruptedException {
        RunningGateway gateway = new RunningGateway(other);
        gateway.start(directory, connection);
        return gateway;
    }

    private void start(Path in) throws InterruptedException {
        EmbeddedKafka kafka = EmbeddedKafka.start(in.resolve("kafka"));
        EmbeddedSchemaRegistry registry = EmbeddedSchemaRegistry.start(kafka.bootstrapServers(), 0);
        beneath.addAll(List.of(registry, kafka));
        start(in, new KafkaConnection(kafka.bootstrapServers(), registry.url(), Map.of()));
    }

    private void start(Path in, KafkaConnection on) throws InterruptedException {
        directory = in;
        connection = on;
        port = EmbeddedKafka.freePort();
        List<String> arguments = new ArrayList<>(List.of(
                "--server.port=" + port,
                "--waybill.data-dir=" + directory.resolve("data"),
                "--waybill.kafka.bootstrap-servers=" + connection.bootstrapServers(),
                "--waybill.registry.url=" + connection.registryUrl()));
        arguments.addAll(List.of(settings));
        context = GatewayApplication.builder().run(arguments.toArray(String[]::new));
        GatewayReadiness readiness = context.getBean(GatewayReadiness.class);
        BindingGate bindings = context.getBean(BindingGate.class);
        while (!readiness.getAsBoolean() || !bindings.ready()) {
            Thread.sleep(Duration.ofMillis(10)); // the test's time limit ends a gateway that never gets ready
        }
        certificates = ClusterCertificates.ensure(directory.resolve("data/pki"));
        admin = client(certificates.clientContext("admin"));
        nobody = client(certificates.trustOnly());
    }

    @Override
    public void beforeAll(ExtensionContext tests) throws Exception {
        start(Files.createTempDirectory("waybill-gateway"));
    }

    @Override
    public void afterAll(ExtensionContext tests) throws IOException {
        close();
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    /** Where it keeps what it has, and tests may keep what they need. */
    Path directory() {
        return directory;
    }

    private static HttpClient client(SSLContext context) {
        return HttpClient.newBuilder()
                .sslContext(context)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    /** The administrator's client. */
    HttpClient adminClient() {
        return admin;
    }

    /** A client without credentials of its own. */
    HttpClient nobody() {
        return nobody;
    }

    /** What the gateway knows now. */
    ResourceImage image() {
        return context.getBean(ResourceTail.class).image();
    }

    /** How many watches are open now. */
    int watches() {
        return context.getBean(Watches.class).count();
    }

    /** A client with the administrator's credential. */
    HttpClient admin() {
        return admin;
    }

    int port() {
        return port;
    }

    ClusterCertificates certificates() {
        return certificates;
    }

    /** With the administrator's credential. */
    String kubeconfig() {
        return certificates.kubeconfig("https://127.0.0.1:" + port);
    }

    KafkaConnection connection() {
        return connection;
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + path));
    }

    HttpResponse<String> send(HttpRequest request, HttpClient client) throws Exception {
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> send(HttpRequest request) throws Exception {
        return admin.send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** The answer while it comes. */
    HttpResponse<InputStream> stream(HttpRequest request) throws Exception {
        return admin.send(request, HttpResponse.BodyHandlers.ofInputStream());
    }

    HttpResponse<String> send(String method, String path, String json) throws Exception {
        return send(request(path)
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(json))
                .build());
    }

    /** The answer, which must have a code; in the body ' stands for ". */
    JsonNode expect(int code, String method, String path, String body) throws Exception {
        HttpResponse<String> response = send(method, path, body.replace('\'', '"'));
        assertThat(response.statusCode())
                .as(method + " " + path + ": " + response.body())
                .isEqualTo(code);
        return JsonMapper.shared().readTree(response.body());
    }

    /** The same for a merge patch. */
    JsonNode merge(int code, String path, String patch) throws Exception {
        HttpResponse<String> response = send(request(path)
                .header("Content-Type", "application/merge-patch+json")
                .method("PATCH", HttpRequest.BodyPublishers.ofString(patch.replace('\'', '"')))
                .build());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(code);
        return JsonMapper.shared().readTree(response.body());
    }

    JsonNode get(String path) throws Exception {
        return JsonMapper.shared().readTree(send(request(path).build()).body());
    }

    /** Everything on the first partition of a topic now. */
    List<ConsumerRecord<String, byte[]>> raw(String topic) {
        List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(connection.common(), new StringDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
        }
        return records;
    }

    @Override
    public void close() {
        context.close();
        for (AutoCloseable each : beneath) {
            try {
                each.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
