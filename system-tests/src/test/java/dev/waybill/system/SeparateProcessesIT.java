package dev.waybill.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.system.ListeningSockets.Listening;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each service as a program of its own, against one broker, registry and Redis, under the API's usual clients. */
@Timeout(600)
class SeparateProcessesIT {
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final Path DIRECTORY = Repository.scratch("separate-processes");

    private static SeparateCluster cluster;
    private static KubernetesClient client;

    @BeforeAll
    static void start() throws Exception {
        cluster = SeparateCluster.start(DIRECTORY);
        cluster.startServices();
        client = cluster.client();
        if (SeparateCluster.hasNode()) {
            cluster.startNode();
        }
    }

    @AfterAll
    static void stop() throws Exception {
        if (client != null) {
            client.close();
        }
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void everythingListensOnLoopbackOnly() throws Exception {
        for (Program program : cluster.programs()) {
            List<Listening> sockets = ListeningSockets.of(program.pid());
            assertThat(sockets).as(program.name()).allMatch(Listening::onLoopback);
            if (program.name().equals("gateway") || program.name().equals("servers")) {
                assertThat(sockets).as(program.name()).isNotEmpty();
            }
        }
    }

    @Test
    void withoutCredentialsHttpAnswers401() throws Exception {
        for (String path : List.of("/metrics", "/api/v1/namespaces/default/configmaps", "/apis/apps/v1/deployments")) {
            assertThat(cluster.anonymously(path).statusCode()).as(path).isEqualTo(401);
        }
        assertThat(cluster.anonymously("/api").statusCode()).as("discovery").isEqualTo(200);
    }

    @Test
    void kubectlAppliesAConfigMap() throws Exception {
        assumeTrue(Commands.present("kubectl"), "kubectl is not installed");
        Path manifest = Files.writeString(DIRECTORY.resolve("hello.yaml"), """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: hello, namespace: default}
                data: {who: world}
                """);
        String kubeconfig = "--kubeconfig=" + cluster.kubeconfig();
        assertThat(Commands.output("kubectl", kubeconfig, "apply", "-f", manifest.toString()))
                .contains("configmap/hello created");
        assertThat(Commands.output("kubectl", kubeconfig, "get", "configmap", "hello", "-o", "jsonpath={.data.who}"))
                .isEqualTo("world");
    }

    @Test
    void theNodeIsReady() throws Exception {
        assumeTrue(SeparateCluster.hasNode(), "containers need root, crun, conmon and the CNI plugins");
        Eventually.within(
                SOON,
                "the node is Ready",
                () -> client.nodes().withName("node-1").get().getStatus().getConditions().stream()
                        .anyMatch(condition -> condition.getType().equals("Ready")
                                && condition.getStatus().equals("True")));
    }

    @Test
    void aDeploymentBecomesPods() throws Exception {
        String namespace = Manifests.namespace(client, "web");
        client.resource(Manifests.deployment(namespace, "web", 3)).create();
        awaitPods(namespace, "web", 3);
        client.apps().deployments().inNamespace(namespace).withName("web").scale(1);
        awaitPods(namespace, "web", 1);
    }

    @Test
    void aResourceQuotaRefusesWhatExceedsIt() throws Exception {
        String namespace = Manifests.namespace(client, "limited");
        client.resource(Manifests.podQuota(namespace, 1)).create();
        client.resource(Manifests.pod(namespace, "first")).create();
        assertThatThrownBy(() ->
                        client.resource(Manifests.pod(namespace, "second")).create())
                .isInstanceOfSatisfying(KubernetesClientException.class, refusal -> {
                    assertThat(refusal.getCode()).isEqualTo(403);
                    assertThat(refusal.getMessage()).contains("exceeded quota");
                });
    }

    @Test
    void aPodWaitsForItsQuotaPoolAndGetsTheRoomThatIsFreed() throws Exception {
        String namespace = Manifests.namespace(client, "pooled");
        GenericKubernetesResource pool = Manifests.quotaPool("pool", 1, namespace);
        client.resource(pool).create();
        client.resource(Manifests.pod(namespace, "first")).create();
        Eventually.within(SOON, "the first pod has room", () -> !gated(namespace, "first"));
        client.resource(Manifests.pod(namespace, "second")).create();
        Eventually.within(
                SOON,
                "the second pod is told that it waits",
                () -> pod(namespace, "second").getStatus().getConditions().stream()
                        .anyMatch(condition -> condition.getMessage() != null
                                && condition.getMessage().contains("pool")));
        assertThat(gated(namespace, "second")).isTrue();
        client.pods()
                .inNamespace(namespace)
                .withName("first")
                .withGracePeriod(0)
                .delete();
        Eventually.within(SOON, "the second pod has the room", () -> !gated(namespace, "second"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gateway", "scheduler-service", "quota-service", "image-service", "node-service"})
    void whatIsKilledUnderLoadGoesOnWhenItIsBack(String service) throws Exception {
        assumeTrue(!service.equals("node-service") || SeparateCluster.hasNode(), "this host runs no containers");
        String namespace = Manifests.namespace(client, "kill-" + service);
        try (Load load = Load.start(cluster::client, namespace, 2)) {
            Eventually.within(SOON, "the load runs", () -> load.acknowledged() > 20);
            cluster.killAndRestart(service);
            int before = load.acknowledged();
            Eventually.within(SOON, "the load goes on", () -> load.acknowledged() > before + 20);
            load.stop();
            assertThat(load.missing(client)).as("acknowledged and missing").isEmpty();
        }
        client.resource(Manifests.deployment(namespace, "after", 2)).create();
        awaitPods(namespace, "after", 2);
    }

    private static void awaitPods(String namespace, String app, int count) throws InterruptedException {
        Eventually.within(SOON, count + " pods of " + app, () -> livePods(namespace, app) == count);
        TimeUnit.MILLISECONDS.sleep(500);
        assertThat(livePods(namespace, app)).as("pods of %s stay", app).isEqualTo(count);
    }

    private static long livePods(String namespace, String app) {
        return client.pods().inNamespace(namespace).withLabel("app", app).list().getItems().stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .count();
    }

    private static Pod pod(String namespace, String name) {
        return client.pods().inNamespace(namespace).withName(name).get();
    }

    private static boolean gated(String namespace, String name) {
        return !pod(namespace, name).getSpec().getSchedulingGates().isEmpty();
    }
}
