package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.NodeServiceApplication;
import dev.waybill.node.oci.Command;
import dev.waybill.node.testing.DoomedAgent;
import dev.waybill.node.testing.Eventually;
import dev.waybill.node.testing.NodeBench;
import dev.waybill.node.testing.Programs;
import dev.waybill.node.testing.RecordedEvents;
import dev.waybill.node.testing.Traces;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node whose agent never comes back, and another one on the same machine. */
@Timeout(600)
class AbandonedNodeIT {
    @TempDir
    Path abandoned;

    @TempDir
    Path other;

    @Test
    void othersLeaveItAloneAndACommandEndsIt() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        String tag = UUID.randomUUID().toString().substring(0, 8);
        Programs programs = new Programs(abandoned.resolve("bin"));
        NodeBench bench =
                new NodeBench(abandoned, "overlay", tag, 1, programs.paths(), new RecordedEvents(), Clock.systemUTC());
        DoomedAgent.assign(bench, "web", false);
        bench.events().await("status", "status web ", "\"phase\":\"Running\"");
        Eventually.holds(
                "a network is ready", () -> bench.host().readyNetworks().count() == 1);
        int pid = bench.pid("web", "c0");
        bench.leave();
        List<String> rules = rules(tag);
        assertThat(rules).isNotEmpty();

        try (NodeBench next = new NodeBench(other)) {
            next.assign("web", "{}", """
                    {"name": "c0", "image": "app:1", "imagePullPolicy": "IfNotPresent", "command": ["/bin/sleep", "600"]}""");
            next.events().await("started", "web/c0");
        }
        assertThat(ProcessHandle.of(pid)).isPresent();
        assertThat(rules(tag)).isEqualTo(rules);
        assertThat(Path.of("/sys/class/net/wbt" + tag)).exists();

        programs.order("fail", "bridge DEL");
        assertThatThrownBy(() -> end(tag, programs)).hasMessageContaining("not stopped: shop/web");
        end(tag, programs);
        assertThat(ProcessHandle.of(pid)).isEmpty();
        new Traces(abandoned, tag).assertNone();
    }

    private void end(String tag, Programs programs) throws Exception {
        NodeServiceApplication.main(new String[] {
            "end",
            "--waybill.node.name=it-node",
            "--waybill.node.directory=" + abandoned.resolve("node"),
            "--waybill.node.pki-directory=" + abandoned.resolve("pki"),
            "--waybill.node.secrets-key-file=" + abandoned.resolve("key"),
            "--waybill.node.cgroup-parent=/waybill-it-" + tag,
            "--waybill.node.bridge=wbt" + tag,
            "--waybill.node.pod-subnet=10.213.79.0/24",
            "--waybill.node.runtime=" + programs.paths().runtime(),
            "--waybill.node.cni-plugins=" + programs.paths().plugins()
        });
    }

    private static List<String> rules(String tag) {
        return Command.run(List.of("iptables", "-t", "nat", "-S"))
                .lines()
                .filter(rule -> rule.contains("wbt" + tag))
                .toList();
    }
}
