package dev.waybill.node.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.kernel.Linux;
import dev.waybill.node.oci.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rules of real network namespaces, which are not the machine's. */
@Timeout(600)
class HostNetworkIT {
    private static final int NODES = 6;
    private static final Path FORWARDING = Path.of("/proc/sys/net/ipv4/ip_forward");

    @TempDir
    Path directory;

    private Path namespaces;

    @BeforeEach
    void makeNamespace() {
        assumeTrue("root".equals(System.getProperty("user.name")), "network namespaces need root");
        namespaces = directory.resolve("ns");
        PodNamespaces.createNetwork(namespaces);
    }

    @AfterEach
    void removeNamespace() {
        if (namespaces != null) {
            PodNamespaces.remove(namespaces);
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private CompletableFuture<Void> inNamespace(Work work) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        // The thread, and what it starts, stay in the namespace for ever.
        Thread.ofPlatform().start(() -> {
            try {
                Linux.enterNetwork(namespaces.resolve("net"));
                work.run();
                done.complete(null);
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    private static void nat(String... words) {
        List<String> command = new ArrayList<>(List.of("iptables", "--wait", "-t", "nat"));
        command.addAll(List.of(words));
        Command.run(command);
    }

    private static void leaveWhatPortmapDoes() {
        for (String chain : List.of("DNAT", "MASQ", "SETMARK")) {
            nat("-N", "CNI-HOSTPORT-" + chain);
        }
        nat("-A", "PREROUTING", "-m", "addrtype", "--dst-type", "LOCAL", "-j", "CNI-HOSTPORT-DNAT");
        nat("-A", "POSTROUTING", "-j", "CNI-HOSTPORT-MASQ");
    }

    /** Rules and forwarding as they are. */
    private static List<String> state() throws IOException {
        List<String> state = new ArrayList<>(Command.run(List.of("iptables", "--wait", "-t", "nat", "-S"))
                .lines()
                .filter(rule -> !rule.startsWith("-P "))
                .toList());
        state.add(Files.readString(FORWARDING).strip());
        return state;
    }

    /** What the first node of a machine brought is removed by the last, which found it there. */
    @Test
    void aNodeThatCameLaterRemovesWhatTheFirstLeftToIt() throws Exception {
        inNamespace(() -> {
                    Files.writeString(FORWARDING, "0");
                    HostNetwork first = new HostNetwork(directory.resolve("first"), "wbt1", "10.213.1.0/24");
                    first.prepare();
                    leaveWhatPortmapDoes();
                    Files.writeString(FORWARDING, "1");
                    HostNetwork second = new HostNetwork(directory.resolve("second"), "wbt2", "10.213.2.0/24");
                    second.prepare();
                    nat("-A", "CNI-HOSTPORT-DNAT", "-p", "tcp", "--dport", "80", "-j", "ACCEPT");
                    first.restore();
                    assertThat(state()).contains("-N CNI-HOSTPORT-DNAT", "1");
                    nat("-F", "CNI-HOSTPORT-DNAT");
                    second.restore();
                    assertThat(state()).containsExactly("0");
                })
                .get();
    }

    /** What was there before the first node stays after the last. */
    @Test
    void whatOthersBroughtStays() throws Exception {
        inNamespace(() -> {
                    Files.writeString(FORWARDING, "1");
                    leaveWhatPortmapDoes();
                    List<String> before = state();
                    HostNetwork node = new HostNetwork(directory.resolve("node"), "wbt1", "10.213.1.0/24");
                    node.prepare();
                    assertThat(state()).hasSizeGreaterThan(before.size());
                    node.restore();
                    assertThat(state()).isEqualTo(before);
                })
                .get();
    }

    /** Nodes of one machine that end at the same time leave it as the first of them found it, and none of them fails. */
    @Test
    void nodesEndAtTheSameTime() throws Exception {
        List<HostNetwork> nodes = new ArrayList<>();
        inNamespace(() -> {
                    Files.writeString(FORWARDING, "0");
                    for (int i = 0; i < NODES; i++) {
                        nodes.add(new HostNetwork(directory.resolve("note-" + i), "wbt" + i, "10.213." + i + ".0/24"));
                    }
                    nodes.forEach(HostNetwork::prepare);
                    leaveWhatPortmapDoes();
                    Files.writeString(FORWARDING, "1");
                })
                .get();
        CyclicBarrier together = new CyclicBarrier(NODES);
        List<CompletableFuture<Void>> ends = nodes.stream()
                .map(node -> inNamespace(() -> {
                    together.await();
                    node.restore();
                }))
                .toList();
        for (CompletableFuture<Void> end : ends) {
            end.get();
        }
        List<String> left = new ArrayList<>();
        inNamespace(() -> {
                    left.addAll(state());
                })
                .get();
        assertThat(left).containsExactly("0");
    }
}
