package dev.waybill.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.embedded.EmbeddedRedis;
import dev.waybill.embedded.EmbeddedSchemaRegistry;
import dev.waybill.events.catalog.KafkaAccess;
import dev.waybill.standalone.demo.LoopbackRegistry;
import dev.waybill.standalone.demo.MachineImage;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every service with its own principal and the rights of deploy/kafka-acls.sh, and nothing else: together they bring a
 * pod from its manifest to its end. What each may not do is KafkaAclsIT's.
 */
@Timeout(600)
class KafkaRightsIT {
    private static final Path DIRECTORY = Repository.scratch("rights");
    private static final Map<String, String> PRINCIPALS = Map.of(
            "gateway", KafkaAccess.GATEWAY,
            "scheduler-service", KafkaAccess.SCHEDULER,
            "quota-service", KafkaAccess.QUOTA,
            "image-service", KafkaAccess.IMAGES,
            "node-service", KafkaAccess.NODES);

    private static SecuredKafka kafka;
    private static EmbeddedSchemaRegistry schemas;
    private static EmbeddedRedis redis;
    private static LoopbackRegistry images;
    private static SeparateCluster cluster;

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(SeparateCluster.hasNode(), "containers need root, crun, conmon and the CNI plugins");
        kafka = SecuredKafka.start(DIRECTORY.resolve("kafka"));
        schemas = EmbeddedSchemaRegistry.start(kafka.openServers(), 0);
        redis = EmbeddedRedis.start(DIRECTORY.resolve("redis"));
        images = LoopbackRegistry.start(DIRECTORY);
        Properties endpoints = new Properties();
        endpoints.setProperty("bootstrap.servers", kafka.bootstrapServers());
        endpoints.setProperty("registry.url", schemas.url());
        endpoints.setProperty("redis.url", redis.url());
        cluster = SeparateCluster.start(
                DIRECTORY, endpoints, service -> SecuredKafka.credentials(PRINCIPALS.getOrDefault(service, "nobody")));
        cluster.startServices();
        cluster.startNode();
    }

    @AfterAll
    static void stop() {
        for (AutoCloseable each : new AutoCloseable[] {cluster, images, redis, schemas, kafka}) {
            try {
                if (each != null) {
                    each.close();
                }
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Test
    void aPodOfAQuotaPoolIsReservedPlacedPulledRunAndEnded() throws Exception {
        String image = images.host() + "/rights/app:1";
        MachineImage.push(image, "trap 'exit 0' TERM\nwhile true; do sleep 0.2; done\n", DIRECTORY);
        try (KubernetesClient client = cluster.client()) {
            String namespace = Manifests.namespace(client, "rights");
            client.resource(Manifests.quotaPool("rights", 1, namespace)).create();
            Pod pod = new PodBuilder(Manifests.pod(namespace, "p"))
                    .editSpec()
                    .withTerminationGracePeriodSeconds(1L)
                    .editFirstContainer()
                    .withImage(image)
                    .endContainer()
                    .endSpec()
                    .build();
            client.resource(pod).create();
            Eventually.within(
                    Duration.ofMinutes(2),
                    "the pod runs",
                    () -> client.pods()
                            .inNamespace(namespace)
                            .withName("p")
                            .get()
                            .getStatus()
                            .getPhase()
                            .equals("Running"));
            client.pods().inNamespace(namespace).withName("p").delete();
            Eventually.within(
                    Duration.ofMinutes(2),
                    "the pod is gone",
                    () -> client.pods().inNamespace(namespace).withName("p").get() == null);
        }
        for (Program program : cluster.programs()) {
            assertThat(Files.readString(program.log()))
                    .as("what %s was not let do", program.name())
                    .doesNotContain("AuthorizationException", "Not authorized");
        }
    }
}
