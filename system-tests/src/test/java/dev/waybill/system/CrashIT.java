package dev.waybill.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.standalone.demo.LoopbackRegistry;
import dev.waybill.standalone.demo.MachineImage;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * kill -9 of the one JVM at moments that nobody chose, under load: after the next start nothing acknowledged is missing
 * or there twice, quotas add up, and watches go on where they were.
 */
@Timeout(600)
class CrashIT {
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final int WRITERS = 4;
    private static final String NAMESPACE = "crash";
    private static final long SEED = System.nanoTime();
    private static final Random RANDOM = new Random(SEED);

    private static StandaloneProcess waybill;
    private static LoopbackRegistry registry;
    private static final List<Load> LOADS = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        Path scratch = Repository.scratch("crash");
        registry = LoopbackRegistry.start(scratch);
        String image = registry.host() + "/crash/app:1";
        MachineImage.push(image, "trap 'exit 0' TERM\nwhile true; do sleep 0.2; done\n", scratch);
        waybill = StandaloneProcess.start(scratch);
        try (KubernetesClient client = waybill.client()) {
            Manifests.namespace(client, NAMESPACE);
            client.resource(Manifests.podQuota(NAMESPACE, 100_000)).create();
            client.resource(Manifests.deployment("default", "steady", image, 2)).create();
            client.apps()
                    .deployments()
                    .inNamespace("default")
                    .withName("steady")
                    .waitUntilReady(120, TimeUnit.SECONDS);
        }
    }

    @AfterAll
    static void stop() {
        if (waybill != null) {
            waybill.close();
        }
        if (registry != null) {
            registry.close();
        }
    }

    @RepeatedTest(5)
    void nothingAcknowledgedIsLostOrDoneTwice(RepetitionInfo round) throws Exception {
        String from = resourceVersion();
        Load load = Load.start(waybill::client, NAMESPACE, WRITERS);
        LOADS.add(load);
        Eventually.within(SOON, "the load runs", () -> load.acknowledged() > 40);
        TimeUnit.MILLISECONDS.sleep(RANDOM.nextInt(2_000));
        long before = Long.parseLong(resourceVersion());
        Set<Long> containers = waybill.containerPids();
        Optional<ProcessHandle> redis = waybill.redis();
        waybill.kill9();
        load.stop();
        waybill.start();
        if (round.getCurrentRepetition() % 2 == 0) { // and once more in the middle of coming back
            TimeUnit.MILLISECONDS.sleep(RANDOM.nextInt(6_000));
            waybill.kill9();
            waybill.start();
        }
        waybill.awaitReady();

        try (KubernetesClient client = waybill.client()) {
            for (Load each : LOADS) {
                assertThat(each.missing(client)).as("with seed %s", SEED).isEmpty();
                assertThat(each.unexpectedRefusals()).as("with seed %s", SEED).isEmpty();
            }
            assertThat(Long.parseLong(resourceVersion())).isGreaterThanOrEqualTo(before);
            assertNothingTwice(client);
            assertUsedIsTheSumOverLivePods(client);
            assertWatchGoesOn(client, from, "after-" + round.getCurrentRepetition());
            assertNothingRestarted(client);
        }
        assertThat(redis.filter(ProcessHandle::isAlive))
                .as("the Redis that was left over")
                .isEmpty();
        assertContainersWereLeftAlone(containers);
    }

    /** The ledger is folded from the log again: the pool neither forgets who has room nor gives it twice. */
    @Test
    void aRedisThatDiesIsReplacedAndPoolsGoOn() throws Exception {
        try (KubernetesClient client = waybill.client()) {
            String namespace = Manifests.namespace(client, "redis-loss");
            client.resource(Manifests.quotaPool("redis-loss", 2, namespace)).create();
            for (String name : List.of("a", "b", "c")) {
                client.resource(Manifests.pendingPod(namespace, name)).create();
            }
            Eventually.within(SOON, "two pods have room", () -> gated(client, namespace) == 1);
            ProcessHandle before = waybill.redis().orElseThrow();
            before.destroyForcibly();
            Eventually.within(
                    SOON,
                    "another Redis",
                    () -> waybill.redis()
                            .filter(now -> now.pid() != before.pid())
                            .isPresent());
            client.resource(Manifests.pendingPod(namespace, "d")).create();
            TimeUnit.SECONDS.sleep(2);
            assertThat(gated(client, namespace)).as("still room for two").isEqualTo(2);
            client.pods()
                    .inNamespace(namespace)
                    .withName("a")
                    .withGracePeriod(0)
                    .delete();
            client.pods()
                    .inNamespace(namespace)
                    .withName("b")
                    .withGracePeriod(0)
                    .delete();
            Eventually.within(SOON, "the room of both is given on", () -> gated(client, namespace) == 0);
        }
    }

    private static long gated(KubernetesClient client, String namespace) {
        return client.pods().inNamespace(namespace).list().getItems().stream()
                .filter(pod -> !pod.getSpec().getSchedulingGates().isEmpty())
                .count();
    }

    private static void assertNothingTwice(KubernetesClient client) {
        List<HasMetadata> all = new ArrayList<>(
                client.configMaps().inNamespace(NAMESPACE).list().getItems());
        all.addAll(client.pods().inNamespace(NAMESPACE).list().getItems());
        assertThat(all)
                .extracting(
                        object -> object.getKind() + "/" + object.getMetadata().getName())
                .doesNotHaveDuplicates();
        assertThat(all).extracting(object -> object.getMetadata().getUid()).doesNotHaveDuplicates();
        assertThat(all)
                .extracting(object -> object.getMetadata().getResourceVersion())
                .doesNotHaveDuplicates();
    }

    private static void assertUsedIsTheSumOverLivePods(KubernetesClient client) {
        List<Pod> live = client.pods().inNamespace(NAMESPACE).list().getItems().stream()
                .filter(pod ->
                        !Set.of("Succeeded", "Failed").contains(pod.getStatus().getPhase()))
                .toList();
        BigDecimal cpu = live.stream()
                .flatMap(pod -> pod.getSpec().getContainers().stream())
                .map(container ->
                        container.getResources().getRequests().get("cpu").getNumericalAmount())
                .reduce(BigDecimal.ZERO, BigDecimal::add);
        Map<String, Quantity> used = client.resourceQuotas()
                .inNamespace(NAMESPACE)
                .withName("quota")
                .get()
                .getStatus()
                .getUsed();
        assertThat(used.get("pods").getNumericalAmount()).isEqualByComparingTo(BigDecimal.valueOf(live.size()));
        assertThat(used.get("requests.cpu").getNumericalAmount()).isEqualByComparingTo(cpu);
    }

    /** A watch from before the kill sees what happened before it, and what happens now. */
    private static void assertWatchGoesOn(KubernetesClient client, String from, String marker)
            throws InterruptedException {
        Set<String> seen = new ConcurrentSkipListSet<>();
        Set<String> expected = new ConcurrentSkipListSet<>();
        for (ConfigMap map : client.configMaps().inNamespace(NAMESPACE).list().getItems()) {
            if (Long.parseLong(map.getMetadata().getResourceVersion()) > Long.parseLong(from)) {
                expected.add(map.getMetadata().getName());
            }
        }
        expected.add(marker);
        try (Watch watch = client.configMaps()
                .inNamespace(NAMESPACE)
                .watch(new ListOptionsBuilder().withResourceVersion(from).build(), into(seen))) {
            assertThat(watch).isNotNull();
            client.resource(Manifests.configMap(NAMESPACE, marker, "1")).create();
            Eventually.within(SOON, "the watch sees everything since " + from, () -> seen.containsAll(expected));
        }
    }

    private static Watcher<ConfigMap> into(Set<String> seen) {
        return new Watcher<>() {
            @Override
            public void eventReceived(Action action, ConfigMap map) {
                seen.add(map.getMetadata().getName());
            }

            @Override
            public void onClose(WatcherException cause) {
                // what it did not see is told by the assertion
            }
        };
    }

    /** Running containers never notice the control plane's death: the same processes hold them. */
    private static void assertContainersWereLeftAlone(Set<Long> before) {
        assertThat(before).hasSize(2);
        assertThat(waybill.containerPids()).containsAll(before);
    }

    private static void assertNothingRestarted(KubernetesClient client) throws InterruptedException {
        Eventually.within(SOON, "both pods are reported as they were", () -> {
            List<Pod> pods = client.pods().inNamespace("default").list().getItems();
            return pods.size() == 2
                    && pods.stream()
                            .allMatch(pod -> pod.getStatus().getContainerStatuses().stream()
                                    .allMatch(status -> status.getReady() && status.getRestartCount() == 0));
        });
    }

    private static String resourceVersion() {
        try (KubernetesClient client = waybill.client()) {
            return client.configMaps()
                    .inNamespace(NAMESPACE)
                    .list()
                    .getMetadata()
                    .getResourceVersion();
        }
    }
}
