package dev.waybill.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What pods say about rights, namespaces and runtimes, from kubectl to the process. */
@Timeout(600)
class IsolationIT extends OnePlatform {
    private static final String POD = """
            apiVersion: v1
            kind: Pod
            metadata: {name: %s}
            spec:
              terminationGracePeriodSeconds: 0
            %s
              containers:
              - {name: main, image: "%s", command: [sleep, "600"]}
            """;

    @BeforeAll
    static void start() throws Exception {
        begin("isolation");
    }

    private static void run(String name, String spec) throws Exception {
        ok(POD.formatted(name, spec.indent(2).stripTrailing(), image), "apply", "-f", "-");
        ok("", "wait", "--for=condition=Ready", "pod/" + name, "--timeout=180s");
    }

    private static String inside(String pod, String script) throws Exception {
        return ok("", "exec", pod, "--", "sh", "-c", script);
    }

    @Test
    void aPodWithUsersAndProcessesOfItsOwn() throws Exception {
        run("confined", """
                hostUsers: false
                shareProcessNamespace: true
                securityContext: {seccompProfile: {type: RuntimeDefault}}""");
        assertThat(inside("confined", "cat /proc/self/uid_map").split("\\s+"))
                .startsWith("0")
                .endsWith("65536");
        assertThat(inside("confined", "ps | grep -c 'init -P'")).isNotEqualTo("0");
        assertThat(inside("confined", "grep Seccomp: /proc/self/status")).endsWith("2");
        assertThat(inside("confined", "stat -c %u /etc/hosts")).isEqualTo("0");
    }

    @Test
    void aRuntimeClassBringsItsRuntimeAndItsOverhead() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/runsc")), "needs runsc");
        ok("""
                apiVersion: node.k8s.io/v1
                kind: RuntimeClass
                metadata: {name: gvisor}
                handler: runsc
                overhead: {podFixed: {cpu: 50m, memory: 64Mi}}
                """, "apply", "-f", "-");
        run("sandboxed", "runtimeClassName: gvisor");
        assertThat(inside("sandboxed", "cat /proc/version")).contains("2016");
        assertThat(ok("", "get", "pod", "sandboxed", "-o", "jsonpath={.spec.overhead.memory}"))
                .isEqualTo("64Mi");
        assertThat(ok("", "get", "node", "node-1", "-o", "jsonpath={.status.runtimeHandlers[*].name}"))
                .contains("crun", "runsc");
        assertThat(ok("", "describe", "node", "node-1")).containsPattern("sandboxed\\s+50m .*64Mi");
    }

    @Test
    void whatCannotBeIsSaid() throws Exception {
        assertThat(kubectl()
                        .run(POD.formatted("both", "  hostUsers: false\n  hostPID: true", image), "create", "-f", "-")
                        .errors())
                .contains("spec.HostPID: Forbidden: when `pod.Spec.HostUsers` is false");
        assertThat(kubectl()
                        .run(POD.formatted("none", "  runtimeClassName: none", image), "create", "-f", "-")
                        .errors())
                .contains("pods \"none\" is forbidden: pod rejected: RuntimeClass \"none\" not found");
        ok("""
                apiVersion: node.k8s.io/v1
                kind: RuntimeClass
                metadata: {name: vm}
                handler: kata
                """, "apply", "-f", "-");
        ok(POD.formatted("vm", "  runtimeClassName: vm", image), "apply", "-f", "-");
        saidOf("vm", "Warning +FailedScheduling .*node\\(s\\) didn't have the runtime handler \"kata\"");
        ok(POD.formatted("put", "  runtimeClassName: vm\n  nodeName: node-1", image), "apply", "-f", "-");
        saidOf(
                "put",
                "Warning +FailedCreatePodSandBox .*Failed to create pod sandbox: "
                        + "failed to get sandbox runtime: no runtime for \"kata\" is configured");
        ok(
                POD.formatted("panic", "  securityContext: {sysctls: [{name: kernel.panic, value: \"1\"}]}", image),
                "apply",
                "-f",
                "-");
        ok(POD.formatted("elsewhere", "  os: {name: windows}", image), "apply", "-f", "-");
        saidOf("elsewhere", "Warning +PodOSNotSupported .*the OS field doesn't match node OS");
        saidOf("panic", "Reason: +SysctlForbidden");
        saidOf("panic", "Warning +SysctlForbidden .*forbidden sysctl: \"kernel.panic\" not allowlisted");
    }

    private static void saidOf(String pod, String pattern) throws Exception {
        Eventually.within(
                Duration.ofMinutes(2),
                pattern,
                () -> Pattern.compile(pattern)
                        .matcher(ok("", "describe", "pod", pod))
                        .find());
    }
}
