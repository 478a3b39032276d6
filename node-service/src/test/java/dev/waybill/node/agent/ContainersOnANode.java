package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.testing.Eventually;
import dev.waybill.node.testing.NodeBench;
import dev.waybill.node.testing.ShellLayer;
import dev.waybill.node.testing.Threads;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A node for each test whose containers have a shell and busybox's and perl's tools; afterwards nothing of it is left. */
abstract class ContainersOnANode {
    @TempDir
    Path directory;

    NodeBench bench;

    @BeforeEach
    void startNode() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        bench = new NodeBench(directory);
        ShellLayer.addTools(directory.resolve("layer"));
    }

    @AfterEach
    void endNode() throws Exception {
        if (bench != null) {
            bench.close();
            assertThat(bench.leftGroups()).isFalse();
            Eventually.holds(
                    "threads are where they began", () -> Threads.astray().isEmpty());
            assertThat(Files.readString(Path.of("/proc/self/mounts"))).doesNotContain(directory + "/node");
        }
    }

    /** What a shell script in a container writes. */
    String inside(String pod, String container, String script) throws Exception {
        return bench.run(pod, container, "/bin/sh", "-c", script).replace('\0', ' ');
    }
}
