package dev.waybill.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Another system in another language asks over Kafka and reads its answer: {@code kafkajs/publish.mjs}. */
@Timeout(600)
class KafkaJsIT {
    private static final Path DIRECTORY = Repository.scratch("kafkajs");
    private static final String DEPLOYMENT = """
            {"apiVersion": "apps/v1", "kind": "Deployment",
             "metadata": {"name": "NAME", "namespace": "default"},
             "spec": {"replicas": REPLICAS, "selector": {"matchLabels": {"app": "NAME"}},
                      "template": {"metadata": {"labels": {"app": "NAME"}},
                                   "spec": {"containers": [{"name": "app", "image": "registry.invalid/app:v1"}]}}}}
            """;

    private static SeparateCluster cluster;

    private static String missing = "";

    @BeforeAll
    static void start() throws Exception {
        if (!Commands.present("node") || !Commands.present("npm")) {
            missing = "node and npm are not installed";
            return;
        }
        Commands.installNode("kafkajs", "publish.mjs", DIRECTORY);
        cluster = SeparateCluster.start(DIRECTORY.resolve("cluster"));
    }

    @BeforeEach
    void needsNode() {
        assumeTrue(missing.isEmpty(), missing);
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void aDeploymentAskedForOverKafkaIsThereAndItsOutcomeSaysSo() throws Exception {
        Commands.Ended ended = publish("good", "3");
        JsonNode outcome = outcome(ended);
        assertThat(ended.code()).as(ended.output()).isZero();
        assertThat(outcome.path("accepted").asBoolean(false)).isTrue();
        assertThat(outcome.path("code").asInt()).isEqualTo(201);
        try (KubernetesClient client = cluster.client()) {
            var deployment = client.apps()
                    .deployments()
                    .inNamespace("default")
                    .withName("good")
                    .get();
            assertThat(deployment.getSpec().getReplicas()).isEqualTo(3);
            assertThat(deployment.getMetadata().getUid())
                    .isEqualTo(outcome.path("uid").asString());
            assertThat(deployment.getMetadata().getResourceVersion())
                    .isEqualTo(outcome.path("revision").asString());
        }
    }

    @Test
    void aBadManifestGetsAnOutcomeThatNamesTheField() throws Exception {
        Commands.Ended ended = publish("bad", "\"three\"");
        JsonNode outcome = outcome(ended);
        assertThat(ended.code()).as(ended.output()).isEqualTo(1);
        assertThat(outcome.path("accepted").asBoolean(true)).isFalse();
        assertThat(outcome.path("code").asInt()).isEqualTo(422);
        assertThat(outcome.path("message").asString()).contains("spec.replicas");
    }

    private static Commands.Ended publish(String name, String replicas) throws Exception {
        Path manifest = Files.writeString(
                DIRECTORY.resolve(name + ".json"),
                DEPLOYMENT.replace("NAME", name).replace("REPLICAS", replicas));
        Path schema = Repository.module("event-schemas")
                .resolve("src/main/resources/schema-history/DesiredStateRequest/1.avsc");
        return Commands.run(
                DIRECTORY,
                Map.of("REQUEST_SCHEMA", schema.toString()),
                "node",
                "publish.mjs",
                cluster.bootstrapServers(),
                cluster.registryUrl(),
                manifest.toString());
    }

    /** The one line of JSON that the script printed. */
    private static JsonNode outcome(Commands.Ended ended) {
        String line = ended.output()
                .lines()
                .filter(text -> text.startsWith("{"))
                .findFirst()
                .orElseThrow(() -> new AssertionError(ended.output()));
        return JsonMapper.shared().readTree(line);
    }
}
