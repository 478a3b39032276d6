package dev.waybill.node.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.kernel.Linux;
import dev.waybill.node.oci.Command;
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
@Timeout(120)
class HostNetworkIT {
    private static final int NODES = 6;

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

    /** Nodes of one machine that end at the same time leave it as the first of them found it, and none of them fails. */
    @Test
    void nodesEndAtTheSameTime() throws Exception {
        List<HostNetwork> nodes = new ArrayList<>();
        inNamespace(() -> {
                    Files.writeString(Path.of("/proc/sys/net/ipv4/ip_forward"), "0");
                    for (int i = 0; i < NODES; i++) {
                        nodes.add(new HostNetwork(directory.resolve("note-" + i), "wbt" + i, "10.213." + i + ".0/24"));
                    }
                    nodes.forEach(HostNetwork::prepare);
                    // What the plugin portmap leaves.
                    for (String chain : List.of("DNAT", "MASQ", "SETMARK")) {
                        nat("-N", "CNI-HOSTPORT-" + chain);
                    }
                    nat("-A", "PREROUTING", "-m", "addrtype", "--dst-type", "LOCAL", "-j", "CNI-HOSTPORT-DNAT");
                    nat("-A", "POSTROUTING", "-j", "CNI-HOSTPORT-MASQ");
                    Files.writeString(Path.of("/proc/sys/net/ipv4/ip_forward"), "1");
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
                    left.addAll(Command.run(List.of("iptables", "--wait", "-t", "nat", "-S"))
                            .lines()
                            .filter(rule -> !rule.startsWith("-P "))
                            .toList());
                    left.add(Files.readString(Path.of("/proc/sys/net/ipv4/ip_forward"))
                            .strip());
                })
                .get();
        assertThat(left).containsExactly("0");
    }
}
