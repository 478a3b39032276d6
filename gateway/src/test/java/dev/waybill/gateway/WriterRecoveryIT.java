package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.embedded.EmbeddedKafka;
import dev.waybill.embedded.EmbeddedSchemaRegistry;
import dev.waybill.gateway.auth.ClusterCertificates;
import dev.waybill.gateway.http.GatewayReadiness;
import dev.waybill.runtime.KafkaConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FenceProducersOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;

/** What a gateway's clients see of a broker that was away and of writers that fence each other. */
@Timeout(600)
class WriterRecoveryIT {
    private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

    @TempDir
    Path directory;

    private final int kafkaPort = EmbeddedKafka.freePort();
    private final int controllerPort = EmbeddedKafka.freePort();
    private final int port = EmbeddedKafka.freePort();
    private EmbeddedKafka kafka;
    private EmbeddedSchemaRegistry registry;
    private KafkaConnection connection;
    private ConfigurableApplicationContext gateway;
    private HttpClient admin;

    @BeforeEach
    void start() throws Exception {
        startKafka();
        registry = EmbeddedSchemaRegistry.start(kafka.bootstrapServers(), 0);
        connection = new KafkaConnection(kafka.bootstrapServers(), registry.url(), Map.of());
        gateway = run(port);
        admin = HttpClient.newBuilder()
                .sslContext(ClusterCertificates.ensure(directory.resolve("data/pki"))
                        .clientContext("admin"))
                .version(HttpClient.Version.HTTP_1_1)
                .build();
        assertThat(create(port, "before").statusCode()).isEqualTo(201);
    }

    @AfterEach
    void end() {
        gateway.close();
        registry.close();
        kafka.close();
    }

    @Test
    void aRequestThatFindsNoBrokerIsCarriedOutOnceItIsBack() throws Exception {
        kafka.close();
        CompletableFuture<HttpResponse<String>> during =
                admin.sendAsync(creation(port, "during"), HttpResponse.BodyHandlers.ofString());
        Thread.sleep(Duration.ofSeconds(3)); // away for long enough that the request has come to the writer
        assertThat(during).isNotDone();
        startKafka();
        assertThat(during.get().statusCode()).as(during.get().body()).isEqualTo(201);
        assertThat(create(port, "during").statusCode()).isEqualTo(409);
        assertThat(create(port, "after").statusCode()).isEqualTo(201);
    }

    @Test
    void aWriterThatTheBrokerFencedWritesAgainAndItsClientsDoNotNotice() throws Exception {
        for (String name : List.of("first", "second")) {
            try (Admin broker = Admin.create(connection.common())) {
                broker.fenceProducers(List.of("waybill-writer"), new FenceProducersOptions().timeoutMs(5_000))
                        .all()
                        .get();
            }
            assertThat(create(port, name).statusCode()).isEqualTo(201);
            assertThat(get(port, name).statusCode()).isEqualTo(200);
        }
    }

    /** A portion is decided while the one before it commits: both come to nothing then, and both are asked again. */
    @Test
    void whatManyAskWhileTheWriterIsFencedAgainAndAgainIsCarriedOutOnce() throws Exception {
        int callers = 16;
        int each = 40;
        List<Integer> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(callers);
                Admin broker = Admin.create(connection.common())) {
            List<Future<List<Integer>>> running = new ArrayList<>();
            for (int caller = 0; caller < callers; caller++) {
                String prefix = "caller" + caller + "-";
                running.add(threads.submit(() -> {
                    List<Integer> codes = new ArrayList<>();
                    for (int i = 0; i < each; i++) {
                        codes.add(create(port, prefix + i).statusCode());
                    }
                    return codes;
                }));
            }
            for (int i = 0; i < 5; i++) {
                broker.fenceProducers(List.of("waybill-writer"), new FenceProducersOptions().timeoutMs(5_000))
                        .all()
                        .get();
                Thread.sleep(Duration.ofMillis(100)); // some are decided and committed between
            }
            for (Future<List<Integer>> one : running) {
                answers.addAll(one.get());
            }
        }
        assertThat(answers).hasSize(callers * each).containsOnly(201); // a second try would find the name taken: 409
        String list = get(port, "").body();
        assertThat(list.split("\"name\":\"caller", -1)).hasSize(callers * each + 1);
    }

    @Test
    void aWriterWithASuccessorReadsWhatThatWritesAndRefusesToWrite() throws Exception {
        int other = EmbeddedKafka.freePort();
        try (ConfigurableApplicationContext second = run(other)) {
            assertThat(second.isActive()).isTrue();
            assertThat(create(other, "by-second").statusCode()).isEqualTo(201);
            HttpResponse<String> refused = create(port, "by-first");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body())
                    .contains("\"reason\":\"ServiceUnavailable\"", "\"retryAfterSeconds\":1")
                    .contains("\"message\":\"another gateway writes now, this one only reads\"");
            assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
            assertThat(get(other, "by-first").statusCode()).isEqualTo(404);
            while (get(port, "by-second").statusCode() != 200) {
                Thread.sleep(Duration.ofMillis(50)); // the time limit ends a tail that stands aside for good
            }
        }
    }

    private void startKafka() {
        kafka = EmbeddedKafka.start(directory.resolve("kafka"), kafkaPort, controllerPort, Map.of());
    }

    private ConfigurableApplicationContext run(int httpsPort) throws InterruptedException {
        ConfigurableApplicationContext context = GatewayApplication.builder()
                .run(
                        "--server.port=" + httpsPort,
                        "--waybill.data-dir=" + directory.resolve("data"),
                        "--waybill.kafka.bootstrap-servers=" + connection.bootstrapServers(),
                        "--waybill.registry.url=" + connection.registryUrl());
        GatewayReadiness readiness = context.getBean(GatewayReadiness.class);
        while (!readiness.getAsBoolean()) {
            Thread.sleep(Duration.ofMillis(10)); // the time limit ends a gateway that never gets ready
        }
        return context;
    }

    private static HttpRequest creation(int to, String name) {
        return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + to + CONFIG_MAPS))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(
                        "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"" + name + "\"}}"))
                .build();
    }

    private HttpResponse<String> create(int to, String name) throws Exception {
        return admin.send(creation(to, name), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> get(int from, String name) throws Exception {
        return admin.send(
                HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + from + CONFIG_MAPS + "/" + name))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
