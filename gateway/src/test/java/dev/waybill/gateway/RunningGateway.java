package dev.waybill.gateway;

import dev.waybill.embedded.EmbeddedKafka;
import dev.waybill.embedded.EmbeddedSchemaRegistry;
import dev.waybill.gateway.auth.ClusterCertificates;
import dev.waybill.gateway.http.GatewayReadiness;
import dev.waybill.runtime.BindingGate;
import dev.waybill.runtime.KafkaConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A gateway with a broker and a registry of its own, for a test to talk to as an administrator. */
final class RunningGateway implements AutoCloseable {
    private final EmbeddedKafka kafka;
    private final EmbeddedSchemaRegistry registry;
    private final KafkaConnection connection;
    private final ConfigurableApplicationContext context;
    private final ClusterCertificates certificates;
    private final HttpClient admin;
    private final int port;

    private RunningGateway(Path directory) throws InterruptedException {
        kafka = EmbeddedKafka.start(directory.resolve("kafka"));
        registry = EmbeddedSchemaRegistry.start(kafka.bootstrapServers(), 0);
        connection = new KafkaConnection(kafka.bootstrapServers(), registry.url(), Map.of());
        port = EmbeddedKafka.freePort();
        context = GatewayApplication.builder()
                .run(
                        "--server.port=" + port,
                        "--waybill.data-dir=" + directory.resolve("data"),
                        "--waybill.kafka.bootstrap-servers=" + connection.bootstrapServers(),
                        "--waybill.registry.url=" + connection.registryUrl());
        GatewayReadiness readiness = context.getBean(GatewayReadiness.class);
        BindingGate bindings = context.getBean(BindingGate.class);
        while (!readiness.getAsBoolean() || !bindings.ready()) {
            Thread.sleep(Duration.ofMillis(10)); // the test's time limit ends a gateway that never gets ready
        }
        certificates = ClusterCertificates.ensure(directory.resolve("data/pki"));
        admin = HttpClient.newBuilder()
                .sslContext(certificates.clientContext("admin"))
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    static RunningGateway start(Path directory) throws InterruptedException {
        return new RunningGateway(directory);
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

    HttpResponse<String> send(HttpRequest request) throws Exception {
        return admin.send(request, HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> send(String method, String path, String json) throws Exception {
        return send(request(path)
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(json))
                .build());
    }

    JsonNode get(String path) throws Exception {
        return JsonMapper.shared().readTree(send(request(path).build()).body());
    }

    @Override
    public void close() {
        context.close();
        registry.close();
        kafka.close();
    }
}
