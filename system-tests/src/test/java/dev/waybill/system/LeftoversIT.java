package dev.waybill.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.standalone.demo.LoopbackRegistry;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** kill -9 of everything, and nobody comes back: {@code ./waybill down} ends what is left, and the machine is as it was. */
@Timeout(900)
class LeftoversIT {
    private static final Duration SOON = Duration.ofMinutes(2);

    @BeforeEach
    void root() {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        assumeTrue(Files.exists(BusyboxImage.BUSYBOX), "needs busybox-static");
    }

    @Test
    void podsEnd() throws Exception {
        Path scratch = Repository.scratch("leftovers");
        try (LoopbackRegistry registry = LoopbackRegistry.start(scratch);
                StandaloneProcess waybill = StandaloneProcess.start(scratch)) {
            String image = registry.host() + "/leftovers/box:1";
            BusyboxImage.push(image, scratch);
            try (KubernetesClient client = waybill.client()) {
                client.load(new ByteArrayInputStream(pods(image).getBytes(StandardCharsets.UTF_8)))
                        .inNamespace("default")
                        .create();
                for (String pod : List.of("web", "confined")) {
                    client.pods()
                            .inNamespace("default")
                            .withName(pod)
                            .waitUntilReady(SOON.toSeconds(), TimeUnit.SECONDS);
                }
            }
            waybill.kill9();
            Set<Long> shims = waybill.containerPids();
            down(waybill.data());
            assertThat(shims).hasSize(2);
        }
    }

    /** No container tells of it, but networks stand ready for pods that never came. */
    @Test
    void aNodeWithoutPodsEnds() throws Exception {
        try (StandaloneProcess waybill = StandaloneProcess.start(Repository.scratch("leftovers-empty"))) {
            Path ready = waybill.data().resolve("nodes/node-1/ready");
            Eventually.within(SOON, "networks are ready", () -> {
                try (Stream<Path> networks = Files.list(ready)) {
                    return networks.anyMatch(network -> Files.exists(network.resolve("result.json")));
                }
            });
            waybill.kill9();
            List<String> left = MachineState.of(waybill.data());
            ProcessHandle redis = waybill.redis().orElseThrow();
            assertThat(redis.isAlive()).isTrue();
            down(waybill.data());
            assertThat(left).anyMatch(line -> line.contains("/ready/")).anyMatch(line -> line.contains("MASQUERADE"));
            assertThat(redis.isAlive()).isFalse();
        }
    }

    private static String pods(String image) {
        return """
            apiVersion: v1
            kind: Pod
            metadata: {name: web}
            spec:
              containers:
              - {name: main, image: "%1$s", command: [sleep, "600"], ports: [{containerPort: 80, hostPort: 43917}]}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: confined}
            spec:
              hostUsers: false
              shareProcessNamespace: true
              volumes: [{name: memory, emptyDir: {medium: Memory}}]
              containers:
              - {name: main, image: "%1$s", command: [sleep, "600"], volumeMounts: [{name: memory, mountPath: /memory}]}
            """.formatted(image);
    }

    private static void down(Path data) throws Exception {
        Commands.Ended ended = Commands.run(
                Repository.root(), Map.of("WAYBILL_NO_AOT", "true"), "./waybill", "down", "--data", data.toString());
        assertThat(ended.code()).as(ended.output()).isZero();
        assertThat(ended.output()).contains("ending what a crash left");
        assertThat(MachineState.of(data)).isEmpty();
        Commands.Ended again = Commands.run(
                Repository.root(), Map.of("WAYBILL_NO_AOT", "true"), "./waybill", "down", "--data", data.toString());
        assertThat(again.output()).contains("nothing runs").doesNotContain("ending");
    }
}
