package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.testing.NodeBench;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Lifecycle hooks in real containers. */
@Timeout(120)
class HooksIT {
    @TempDir
    Path directory;

    private NodeBench bench;

    @BeforeEach
    void start() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        bench = new NodeBench(directory);
    }

    @AfterEach
    void end() {
        if (bench != null) {
            bench.close();
        }
    }

    private void assign(String script, String lifecycle) {
        bench.assign("web", "{}", """
                {"name": "c0", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                 "terminationMessagePolicy": "FallbackToLogsOnError",
                 "command": ["/bin/sh", "-c", "%s"], "lifecycle": %s}""".formatted(script, lifecycle));
    }

    @Test
    void whatPostStartDidIsThereForTheContainer() throws Exception {
        assign("while [ ! -e /tmp/ready ]; do sleep 0.1; done; echo saw it; exit 7", """
                {"postStart": {"exec": {"command": ["/bin/sh", "-c", "echo 1 > /tmp/ready"]}}}""");
        bench.events().await("exited", "web/c0");
        assertThat(bench.events().await("status", "\"exitCode\":7")).contains("saw it");
    }

    @Test
    void aPostStartThatFailsRestartsTheContainerAndSaysSo() throws Exception {
        assign("exec sleep 60", """
                {"postStart": {"exec": {"command": ["/bin/sh", "-c", "exit 3"]}}}""");
        assertThat(bench.events().await("hook failed", "web/c0")).contains("PostStart: command ended with exit code 3");
        bench.events().await("exited", "web/c0");
        bench.events().await("status", "\"restartCount\":1");
    }
}
