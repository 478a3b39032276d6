package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A small operator on an informer: each Greeting of its own kind becomes a ConfigMap that goes with it. */
@Timeout(600)
class OperatorIT {
    private static final ResourceDefinitionContext GREETINGS = new ResourceDefinitionContext.Builder()
            .withGroup("operator.example.com")
            .withVersion("v1")
            .withKind("Greeting")
            .withPlural("greetings")
            .withNamespaced(true)
            .build();

    @TempDir
    Path directory;

    @Test
    void anOperatorFollowsItsOwnKind() throws Exception {
        try (RunningGateway gateway = RunningGateway.start(directory);
                KubernetesClient client = new KubernetesClientBuilder()
                        .withConfig(config(gateway))
                        .build()) {
            gateway.send("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", """
                    {"metadata":{"name":"greetings.operator.example.com"},
                     "spec":{"group":"operator.example.com","scope":"Namespaced",
                      "names":{"plural":"greetings","kind":"Greeting"},
                      "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":
                       {"type":"object","properties":{"spec":{"type":"object","properties":
                        {"text":{"type":"string"}}}}}}}]}}""");
            try (SharedIndexInformer<GenericKubernetesResource> informer = client.genericKubernetesResources(GREETINGS)
                    .inNamespace("default")
                    .inform(new Operator(client))) {
                client.genericKubernetesResources(GREETINGS)
                        .inNamespace("default")
                        .resource(greeting("hello", "good morning"))
                        .create();
                while (!"good morning".equals(said(client))) {
                    Thread.sleep(Duration.ofMillis(20)); // the test's time limit ends an operator that does nothing
                }
                client.genericKubernetesResources(GREETINGS)
                        .inNamespace("default")
                        .withName("hello")
                        .edit(resource -> {
                            resource.setAdditionalProperty("spec", Map.of("text", "good night"));
                            return resource;
                        });
                while (!"good night".equals(said(client))) {
                    Thread.sleep(Duration.ofMillis(20));
                }
                client.genericKubernetesResources(GREETINGS)
                        .inNamespace("default")
                        .withName("hello")
                        .delete();
                while (said(client) != null) {
                    Thread.sleep(Duration.ofMillis(20));
                }
                assertThat(informer.isWatching()).isTrue();
            }
        }
    }

    /** Two candidates with one Lease: one leads, and the other one once it lets go. */
    @Test
    void oneOfTwoLeadsUntilItLetsGo() throws Exception {
        try (RunningGateway gateway = RunningGateway.start(directory);
                KubernetesClient client = new KubernetesClientBuilder()
                        .withConfig(config(gateway))
                        .build()) {
            BlockingQueue<String> told = new LinkedBlockingQueue<>();
            CompletableFuture<?> first = candidate(client, "first", told);
            assertThat(told.poll(60, TimeUnit.SECONDS)).isEqualTo("first leads");
            CompletableFuture<?> second = candidate(client, "second", told);
            assertThat(told.poll(3, TimeUnit.SECONDS)).isNull();
            first.cancel(true);
            assertThat(List.of(told.poll(60, TimeUnit.SECONDS), told.poll(60, TimeUnit.SECONDS)))
                    .containsExactlyInAnyOrder("first stops", "second leads");
            assertThat(client.leases()
                            .inNamespace("default")
                            .withName("election")
                            .get()
                            .getSpec()
                            .getLeaseTransitions())
                    .isEqualTo(1);
            second.cancel(true);
        }
    }

    private static CompletableFuture<?> candidate(KubernetesClient client, String name, BlockingQueue<String> told) {
        return client.leaderElector()
                .withConfig(new LeaderElectionConfigBuilder()
                        .withName(name)
                        .withLock(new LeaseLock("default", "election", name))
                        .withLeaseDuration(Duration.ofSeconds(6))
                        .withRenewDeadline(Duration.ofSeconds(4))
                        .withRetryPeriod(Duration.ofMillis(300))
                        .withReleaseOnCancel(true)
                        .withLeaderCallbacks(new LeaderCallbacks(
                                () -> told.add(name + " leads"), () -> told.add(name + " stops"), _ -> {}))
                        .build())
                .build()
                .start();
    }

    private static Config config(RunningGateway gateway) {
        Config config = Config.fromKubeconfig(gateway.kubeconfig());
        config.setClientKeyAlgo("EC");
        return config;
    }

    private static @org.jspecify.annotations.Nullable String said(KubernetesClient client) {
        var map = client.configMaps().inNamespace("default").withName("hello").get();
        return map == null ? null : map.getData().get("text");
    }

    private static GenericKubernetesResource greeting(String name, String text) {
        return new GenericKubernetesResourceBuilder()
                .withApiVersion("operator.example.com/v1")
                .withKind("Greeting")
                .withNewMetadata()
                .withName(name)
                .withNamespace("default")
                .endMetadata()
                .addToAdditionalProperties("spec", Map.of("text", text))
                .build();
    }

    /** Applies a ConfigMap for each greeting. */
    private record Operator(KubernetesClient client) implements ResourceEventHandler<GenericKubernetesResource> {
        @Override
        public void onAdd(GenericKubernetesResource greeting) {
            String text = greeting.get("spec", "text");
            client.configMaps()
                    .resource(new ConfigMapBuilder()
                            .withNewMetadata()
                            .withName(greeting.getMetadata().getName())
                            .withNamespace("default")
                            .withOwnerReferences(new OwnerReferenceBuilder()
                                    .withApiVersion(greeting.getApiVersion())
                                    .withKind(greeting.getKind())
                                    .withName(greeting.getMetadata().getName())
                                    .withUid(greeting.getMetadata().getUid())
                                    .build())
                            .endMetadata()
                            .addToData("text", text)
                            .build())
                    .forceConflicts()
                    .serverSideApply();
        }

        @Override
        public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource after) {
            onAdd(after);
        }

        @Override
        public void onDelete(GenericKubernetesResource greeting, boolean unknown) {}
    }
}
