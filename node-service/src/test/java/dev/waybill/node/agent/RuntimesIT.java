package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pods on the runtime that their RuntimeClass names. */
@Timeout(600)
class RuntimesIT extends ContainersOnANode {
    private void assign(String name, String runtimeClass, String more, String script) {
        bench.assignSpec(name, """
                {"terminationGracePeriodSeconds": 1, "runtimeClassName": "%s", %s
                 "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
                 "volumes": [{"name": "data", "emptyDir": {}}],
                 "containers": [{"name": "a", "image": "app:1", "command": ["/bin/sh", "-c", "%s"],
                   "terminationMessagePolicy": "FallbackToLogsOnError",
                   "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                   "resources": {"limits": {"cpu": "500m", "memory": "256Mi"}}}]}""".formatted(runtimeClass, more, script));
    }

    @ParameterizedTest
    @ValueSource(strings = {"crun", "runc", "runsc"})
    void aPodLivesOnEachRuntime(String handler) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin", handler)), handler + " is not installed");
        bench.publishRuntimeClass("class", handler);
        assign("web", "class", "", "echo hello; echo there >/data/f; exec sleep 600");
        String started = bench.events().await("started", "web/a");
        assertThat(started).contains("268435456");
        assertThat(bench.run("web", "a", "/bin/cat", "/data/f")).isEqualTo("there");
        assertThat(Files.readString(bench.podDirectory("web").resolve("volumes/data/f")))
                .isEqualTo("there\n");
        assertThat(bench.run("web", "a", "/bin/cat", "/etc/hostname")).isEqualTo("web");
        assertThat(Files.readString(bench.podDirectory("web").resolve("logs/a/0.log")))
                .contains("stdout F hello");
        assertThat(Files.readString(Path.of("/proc", Integer.toString(bench.pid("web", "a")), "cgroup")))
                .as("all that runs for it is in its control group")
                .contains("/poduid-web/a");
        boolean ownKernel =
                bench.run("web", "a", "/bin/cat", "/proc/version").contains("#1 SMP Sun Jan 10 15:06:54 PST 2016");
        assertThat(ownKernel).isEqualTo(handler.equals("runsc"));
        if (!ownKernel) {
            assertThat(bench.run("web", "a", "grep", "Seccomp:", "/proc/self/status"))
                    .endsWith("2");
        }
        bench.remove("web");
        assertThat(Files.readString(Path.of("/proc/self/mounts")))
                .doesNotContain(bench.podDirectory("web").toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"runc", "runsc"})
    void itsExitIsSeenAndItIsStartedAgain(String handler) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin", handler)), handler + " is not installed");
        bench.publishRuntimeClass("class", handler);
        assign("web", "class", "", "echo last words; exit 7");
        assertThat(bench.events().await("status", "\"exitCode\":7")).contains("last words");
        bench.events().await("status", "\"restartCount\":1");
    }

    @Test
    void runcHasOwnUsersAndSharedProcessesToo() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/runc")), "runc is not installed");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        bench.publishRuntimeClass("class", "runc");
        assign("web", "class", "\"hostUsers\": false, \"shareProcessNamespace\": true,", "exec sleep 600");
        bench.events().await("started", "web/a");
        assertThat(bench.run("web", "a", "/bin/cat", "/proc/1/comm")).isEqualTo("init");
        assertThat(bench.run("web", "a", "/bin/sh", "-c", "cat /proc/self/uid_map; stat -c %u /etc/hosts /bin/sh"))
                .contains(Long.toString(1L << 30))
                .endsWith("0\n0");
        assertThat(Files.getAttribute(Path.of("/dev/null"), "unix:uid")).isEqualTo(0);
    }

    @Test
    void whatTheNodeCannotRunIsSaidInKubernetesWords() throws Exception {
        bench.publishRuntimeClass("vm", "kata");
        bench.publishRuntimeClass("gvisor", "runsc");
        assign("unknown", "vm", "", "exec sleep 600");
        assertThat(bench.events().await("no sandbox", "unknown"))
                .endsWith("failed to get sandbox runtime: no runtime for \"kata\" is configured");
        assign("early", "late", "", "exec sleep 600");
        assertThat(bench.events().await("no sandbox", "early")).endsWith("runtimeclass.node.k8s.io \"late\" not found");
        bench.publishRuntimeClass("late", "crun");
        bench.events().await("started", "early/a");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/runsc")), "runsc is not installed");
        assign("users", "gvisor", "\"hostUsers\": false,", "exec sleep 600");
        assertThat(bench.events().await("no sandbox", "users"))
                .endsWith(
                        "can't set `spec.hostUsers: false`, RuntimeClass handler \"runsc\" does not support user namespaces");
    }
}
