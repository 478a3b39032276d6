package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** By which signal real containers are ended: each leaves an exit code of its own. */
@Timeout(600)
class EndingIT extends ContainersOnANode {
    private static final String TRAPS = "trap 'exit 71' QUIT; trap 'exit 72' TERM; trap 'exit 73' 37; echo ready;"
            + " echo 1 > /tmp/ready; while :; do sleep 0.05; done";

    private static String container(String more) {
        return """
                {"name": "c0", "image": "app:1", "imagePullPolicy": "IfNotPresent",
                 "command": ["/bin/sh", "-c", "%s"] %s}""".formatted(TRAPS, more);
    }

    /** A first process ignores signals that it has not said anything of yet. */
    private void awaitReady() throws Exception {
        bench.events().await("started", "web/c0");
        while (bench.agent().find("shop", "web").isEmpty()
                || !Files.exists(log())
                || !Files.readString(log()).contains("ready")) {
            Thread.sleep(20);
        }
    }

    private Path log() {
        return bench.podDirectory("web").resolve("logs/c0/0.log");
    }

    private void delete(String more) {
        bench.assignConnected(
                "web",
                ", \"deletionTimestamp\": \"2026-01-01T00:00:00Z\", \"deletionGracePeriodSeconds\": 20",
                container(more));
    }

    private void exitCode(int code) throws Exception {
        bench.events().await("terminated", "\"exitCode\":" + code);
    }

    @Test
    void aDeletedPodGetsItsImagesSignal() throws Exception {
        bench.imageConfig("{\"config\": {\"StopSignal\": \"SIGQUIT\"}}");
        bench.assignConnected("web", "", container(""));
        awaitReady();
        delete("");
        exitCode(71);
    }

    @Test
    void thePodsWordGoesBeforeItsImages() throws Exception {
        bench.imageConfig("{\"config\": {\"StopSignal\": \"3\"}}");
        String word = ", \"lifecycle\": {\"stopSignal\": \"SIGRTMIN+3\"}";
        bench.assignConnected("web", "", container(word));
        awaitReady();
        assertThat(bench.events().await("status", "\"stopSignal\"")).contains("\"stopSignal\":\"SIGRTMIN+3\"");
        delete(word);
        exitCode(73);
    }

    @Test
    void whatIsNoSignalIsSigterm() throws Exception {
        bench.imageConfig("{\"config\": {\"StopSignal\": \"nonsense\"}}");
        bench.assignConnected("web", "", container(""));
        awaitReady();
        delete("");
        exitCode(72);
    }

    @Test
    void aRestartAfterAFailedProbeUsesItToo() throws Exception {
        bench.imageConfig("{\"config\": {\"StopSignal\": \"QUIT\"}}");
        bench.assignConnected("web", "", container("""
                , "livenessProbe": {"periodSeconds": 1, "timeoutSeconds": 20, "failureThreshold": 1,
                                    "exec": {"command": ["/bin/sh", "-c", "[ ! -e /tmp/ready ]"]}}"""));
        assertThat(bench.events().await("status", "\"restartCount\":1")).contains("\"exitCode\":71");
    }

    @Test
    void soDoesAnEviction() throws Exception {
        bench.imageConfig("{\"config\": {\"StopSignal\": \"QUIT\"}}");
        bench.assignPod("web", """
                {"hostNetwork": true, "volumes": [{"name": "scratch", "emptyDir": {"sizeLimit": "1Mi"}}],
                 "containers": [%s]}""".formatted(
                        container(", \"volumeMounts\": [{\"name\": \"scratch\", \"mountPath\": \"/s\"}]")));
        awaitReady();
        bench.run("web", "c0", "/bin/dd", "if=/dev/zero", "of=/s/full", "bs=2000000", "count=1");
        assertThat(bench.events().await("status", "\"exitCode\":71")).contains("\"reason\":\"Evicted\"");
    }

    @Test
    void andTheEndOfTheNode() throws Exception {
        bench.imageConfig("{\"config\": {\"StopSignal\": \"QUIT\"}}");
        bench.assignConnected("web", "", container(""));
        awaitReady();
        bench.close(Duration.ofSeconds(20));
        var stored = bench.host().store().pods().getFirst();
        assertThat(stored.state().container("c0").last()).isNotNull();
        assertThat(stored.state().container("c0").last().exitCode()).isEqualTo(71);
    }
}
