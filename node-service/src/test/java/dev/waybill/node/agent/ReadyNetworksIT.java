package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.network.PodNamespaces;
import dev.waybill.node.network.ReadyNetworks;
import dev.waybill.node.oci.Command;
import dev.waybill.node.store.StoredNetwork;
import dev.waybill.node.testing.Eventually;
import dev.waybill.node.testing.NodeBench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Networks that are ready before their pods, with the real plugins and kernel. */
@Timeout(600)
class ReadyNetworksIT {
    private static final int READY = 3;

    @TempDir
    Path directory;

    private final String tag = UUID.randomUUID().toString().substring(0, 8);
    private NodeBench bench;
    private String rulesBefore = "";

    @BeforeEach
    void start() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        rulesBefore = ownRules();
        bench = new NodeBench(directory, "overlay", tag, READY);
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        if (bench == null) {
            return;
        }
        bench.close();
        assertThat(Files.readString(Path.of("/proc/self/mounts"))).doesNotContain(directory.toString());
        assertThat(Path.of("/sys/class/net/wbt" + tag)).doesNotExist();
        assertThat(ownRules()).isEqualTo(rulesBefore);
        assertThat(leases()).isEmpty();
        assertThat(directory.resolve("node/ready")).doesNotExist();
    }

    private String ownRules() {
        return Command.run(List.of("sh", "-c", "iptables -t nat -S | grep wbt" + tag + " || true"));
    }

    /** Addresses that host-local has given out. */
    private List<String> leases() throws IOException {
        Path leases = directory.resolve("node/cni/wbt" + tag);
        if (!Files.isDirectory(leases)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(leases)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("10."))
                    .toList();
        }
    }

    private void awaitReady(int count) throws Exception {
        Eventually.holds("networks ready", () -> bench.host().readyNetworks().count() == count);
    }

    private static String container(String script, String more) {
        return """
                {"name": "c0", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                 "command": ["/bin/sh", "-c", "%s"] %s}""".formatted(script, more);
    }

    private String address(String pod) throws Exception {
        return bench.events().await("status", pod, "\"podIP\"").replaceAll(".*\"podIP\":\"([^\"]*)\".*", "$1");
    }

    @Test
    void aPodTakesOneAndAnotherIsMade() throws Exception {
        awaitReady(READY);
        List<String> before = leases();
        bench.assignConnected("web", "", container("cat /etc/hostname; exec sleep 60", ""));
        bench.events().await("started", "web/c0");
        assertThat(address("web")).isIn(before);
        awaitReady(READY);
        assertThat(leases()).hasSize(READY + 1);
        bench.assignConnected(
                "web", ", \"deletionTimestamp\": \"2026-01-01T00:00:00Z\"", container("exec sleep 60", ""));
        bench.unassign("web");
        awaitGone("web");
        assertThat(leases()).hasSize(READY);
    }

    private void awaitGone(String pod) throws Exception {
        Eventually.holds("pod gone", () -> !Files.exists(directory.resolve("node/pods/uid-" + pod)));
    }

    @Test
    void hostPortsLeadToAReadyNetwork() throws Exception {
        awaitReady(READY);
        bench.assignConnected(
                "web", "", container("exec sleep 60", ", \"ports\": [{\"containerPort\": 80, \"hostPort\": 43911}]"));
        bench.events().await("started", "web/c0");
        assertThat(Command.run(List.of("iptables", "-t", "nat", "-S")))
                .contains("--to-destination " + address("web") + ":80");
    }

    @Test
    void anAgentThatComesBackTakesThemUp() throws Exception {
        awaitReady(READY);
        bench.assignConnected("web", "", container("exec sleep 60", ""));
        bench.events().await("started", "web/c0");
        awaitReady(READY);
        List<String> before = leases();
        bench.leave();
        // As a crash between the plugins' end and the record of their result would leave it.
        Path half = directory.resolve("node/ready/half-made");
        PodNamespaces.createNetwork(half);
        bench.host().network().connect("half-made", half.resolve("net"));
        assertThat(leases()).hasSize(READY + 2);

        bench = new NodeBench(directory, "overlay", tag, READY);
        awaitReady(READY);
        assertThat(leases()).containsExactlyInAnyOrderElementsOf(before);
        assertThat(half).doesNotExist();
    }

    @Test
    void oneThatAPodHadClaimedIsNotGivenAway() throws Exception {
        awaitReady(READY);
        bench.leave();
        ReadyNetworks.Ready claimed = bench.host().readyNetworks().take().orElseThrow();
        // As a crash between the pod's record and its mount would leave it.
        bench.host().store().saveNetwork("uid-web", new StoredNetwork(claimed.id(), claimed.result(), false));

        bench = new NodeBench(directory, "overlay", tag, READY);
        assertThat(claimed.directory()).doesNotExist();
        bench.assignConnected("web", "", container("exec sleep 60", ""));
        bench.events().await("started", "web/c0");
        awaitReady(READY);
        assertThat(leases()).hasSize(READY + 1);
    }
}
