package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Lifecycle hooks in real containers. */
@Timeout(600)
class HooksIT extends ContainersOnANode {
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
                {"postStart": {"exec": {"command": ["/bin/sh", "-c", "echo secret; exit 3"]}}}""");
        assertThat(bench.events().await("hook failed", "web/c0"))
                .contains("PostStart: command ended with exit code 3")
                .doesNotContain("secret");
        bench.events().await("exited", "web/c0");
        bench.events().await("status", "\"restartCount\":1");
    }
}
