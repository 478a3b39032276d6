package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What seccomp profiles let processes in real containers do. */
@Timeout(600)
class SeccompIT extends ContainersOnANode {
    private static final String DEFAULT = "{\"seccompProfile\": {\"type\": \"RuntimeDefault\"}}";
    private static final String EPERM = "1";
    private static final String ENOSYS = "38";

    private void assign(String name, String podContext, String context) {
        bench.assignSpec(name, """
                {"hostNetwork": true, "terminationGracePeriodSeconds": 0, "securityContext": %s,
                 "containers": [{"name": "a", "image": "app:1", "command": ["/bin/sleep", "600"],
                   "securityContext": %s}]}""".formatted(podContext, context));
    }

    private void run(String name, String podContext, String context) throws Exception {
        assign(name, podContext, context);
        bench.events().await("started", name + "/a");
    }

    private String mode(String pod) throws Exception {
        return bench.run(pod, "a", "grep", "Seccomp:", "/proc/self/status").replaceAll("\\D", "");
    }

    /** The error of a system call with zeros, 0 for none. */
    private String errno(String pod, int call) throws Exception {
        return bench.run(pod, "a", "perl", "-e", "syscall(" + call + ", 0, 0, 0, 0, 0) < 0 and print $!+0 or print 0");
    }

    @Test
    void theDefaultProfileRefusesWhatLeadsOutAndLetsTheRestWork() throws Exception {
        run("web", DEFAULT, "{}");
        assertThat(mode("web")).isEqualTo("2");
        assertThat(bench.run("web", "a", "unshare", "-U", "true")).contains("Operation not permitted");
        assertThat(bench.run("web", "a", "mount", "-t", "tmpfs", "x", "/tmp")).contains("ermission denied");
        assertThat(errno("web", 250)).as("keyctl").isEqualTo(EPERM);
        assertThat(errno("web", 321)).as("bpf").isEqualTo(EPERM);
        assertThat(errno("web", 425)).as("io_uring_setup").isEqualTo(EPERM);
        assertThat(errno("web", 435))
                .as("clone3, so that C libraries take clone")
                .isEqualTo(ENOSYS);
        assertThat(errno("web", 999)).as("a call of the future").isEqualTo(ENOSYS);
        assertThat(errno("web", 135)).as("personality: Linux").isEqualTo("0");
        assertThat(bench.run("web", "a", "sh", "-c", "ls / | grep bin; (sleep 0) && echo done"))
                .isEqualTo("bin\ndone");
    }

    @Test
    void aCapabilityOpensItsCalls() throws Exception {
        run("admin", DEFAULT, "{\"capabilities\": {\"add\": [\"SYS_ADMIN\"]}}");
        assertThat(mode("admin")).isEqualTo("2");
        assertThat(bench.run("admin", "a", "sh", "-c", "mount -t tmpfs x /tmp && unshare -u true && echo done"))
                .isEqualTo("done");
        assertThat(errno("admin", 250)).as("keyctl").isEqualTo(EPERM);
    }

    @Test
    void theContainersWordGoesBeforeItsPodsAndPrivilegeBeforeBoth() throws Exception {
        run("none", "{}", "{}");
        run("own", DEFAULT, "{\"seccompProfile\": {\"type\": \"Unconfined\"}}");
        run("privileged", DEFAULT, "{\"privileged\": true}");
        assertThat(mode("none")).isEqualTo("0");
        assertThat(mode("own")).isEqualTo("0");
        assertThat(mode("privileged")).isEqualTo("0");
        assertThat(bench.run("none", "a", "unshare", "-U", "true")).isEmpty();
    }

    @Test
    void profilesOfTheMachineAreFoundByTheirPath() throws Exception {
        Path profiles = Files.createDirectories(directory.resolve("node/seccomp/team"));
        Files.writeString(profiles.resolve("no-chmod.json"), """
                {"defaultAction": "SCMP_ACT_ALLOW",
                 "syscalls": [{"names": ["chmod", "fchmodat", "fchmodat2"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13}]}""");
        Files.writeString(profiles.resolve("broken.json"), "{\"syscalls\": []}");
        String local = "{\"seccompProfile\": {\"type\": \"Localhost\", \"localhostProfile\": \"team/%s.json\"}}";
        run("web", "{}", local.formatted("no-chmod"));
        assertThat(mode("web")).isEqualTo("2");
        assertThat(bench.run("web", "a", "sh", "-c", "touch /x; chmod 777 /x")).contains("Permission denied");
        assign("missing", "{}", local.formatted("missing"));
        assertThat(bench.events().await("status", "missing", "CreateContainerError"))
                .contains("cannot load seccomp profile")
                .contains("team/missing.json: no such file or directory");
        assign("broken", "{}", local.formatted("broken"));
        assertThat(bench.events().await("status", "broken", "CreateContainerError"))
                .contains("decoding seccomp profile failed")
                .contains("defaultAction: required");
        Files.writeString(profiles.resolve("missing.json"), "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}");
        bench.events().await("started", "missing/a");
    }
}
