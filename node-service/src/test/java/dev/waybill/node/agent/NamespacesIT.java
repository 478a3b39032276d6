package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.node.oci.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each namespace keeps a container from the machine and from its neighbours, and is given up where the pod says so. */
@Timeout(600)
class NamespacesIT extends ContainersOnANode {
    private static final List<String> KINDS = List.of("cgroup", "ipc", "mnt", "net", "pid", "user", "uts");
    private static final String TWO = """
            "containers": [{"name": "a", "image": "app:1", "command": ["/bin/sleep", "600"]},
                           {"name": "b", "image": "app:1", "command": ["/bin/sleep", "601"]}]""";

    private void run(String name, String more) throws Exception {
        bench.assignSpec(name, "{\"terminationGracePeriodSeconds\": 0, " + more + TWO + "}");
        bench.events().await("started", name + "/a");
        bench.events().await("started", name + "/b");
    }

    /** The namespaces of a process by their kind. */
    private static Map<String, String> namespaces(String pid) throws Exception {
        try (Stream<Path> files = Files.list(Path.of("/proc", pid, "ns"))) {
            return files.filter(file -> KINDS.contains(file.getFileName().toString()))
                    .collect(Collectors.toMap(file -> file.getFileName().toString(), NamespacesIT::target));
        }
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Map<String, String> namespaces(String pod, String container) throws Exception {
        return namespaces(Integer.toString(bench.pid(pod, container)));
    }

    /** The kinds that both are in. */
    private static List<String> shared(Map<String, String> one, Map<String, String> other) {
        return KINDS.stream()
                .filter(kind -> one.get(kind).equals(other.get(kind)))
                .toList();
    }

    @Test
    void aPodSharesOnlyUsersWithTheMachineAndItsContainersShareNetworkNamesAndIpc() throws Exception {
        run("web", "");
        run("other", "");
        Map<String, String> host = namespaces("self");
        assertThat(shared(namespaces("web", "a"), host)).containsExactly("user");
        assertThat(shared(namespaces("web", "a"), namespaces("web", "b"))).containsExactly("ipc", "net", "user", "uts");
        assertThat(shared(namespaces("web", "a"), namespaces("other", "a"))).containsExactly("user");
    }

    @Test
    void whatIsInANamespaceIsNotSeenFromOutside() throws Exception {
        run("web", "");
        assertThat(inside("web", "a", "cat /proc/1/cmdline")).as("pid").contains("sleep 600");
        assertThat(inside("web", "a", "ls -d /proc/[0-9]*").lines())
                .as("pid: the first process, the shell and its ls")
                .hasSizeLessThanOrEqualTo(3);
        assertThat(inside("web", "a", "hostname")).as("uts").isEqualTo("web");
        assertThat(inside("web", "a", "cat /proc/net/dev"))
                .as("net")
                .contains("eth0")
                .doesNotContain("wbt");
        assertThat(inside("web", "a", "cat /proc/self/cgroup").lines())
                .as("cgroup")
                .allMatch(line -> line.endsWith(":/"));
        inside("web", "a", "echo mine >/tmp/mine");
        assertThat(inside("web", "b", "ls /tmp")).as("mnt").isEmpty();
        assertThat(inside("web", "a", "cat /proc/self/mounts")).as("mnt").doesNotContain(" " + directory);
        String made = Command.run(List.of("ipcmk", "--shmem", "4096")).replaceAll("\\D", "");
        try {
            assertThat(inside("web", "a", "cat /proc/sysvipc/shm").lines())
                    .as("ipc")
                    .hasSize(1);
            assertThat(Files.readAllLines(Path.of("/proc/sysvipc/shm"))).hasSizeGreaterThan(1);
        } finally {
            Command.run(List.of("ipcrm", "--shmem-id", made));
        }
    }

    /** Each kind is tried: by a neighbour of the same pod, by one of another pod, and by the machine. */
    @Test
    void whatAContainerDoesInANamespaceIsFeltInThatNamespaceAlone() throws Exception {
        run("web", "");
        run("other", "");
        String neighbours = Integer.toString(bench.pid("web", "b"));
        assertThat(inside("web", "a", "kill -9 " + neighbours))
                .as("pid: by the machine's number")
                .contains("No such process");
        assertThat(inside("web", "a", "cat /proc/[0-9]*/cmdline")).as("pid").doesNotContain("sleep 601");
        assertThat(ProcessHandle.of(Long.parseLong(neighbours))).isPresent();

        assertThat(inside("web", "a", "perl -e 'print defined shmget(4242, 4096, 01600) ? 1 : 0'"))
                .isEqualTo("1");
        assertThat(inside("web", "b", "cat /proc/sysvipc/shm"))
                .as("ipc: the pod's")
                .contains(" 4242 ");
        assertThat(inside("other", "a", "cat /proc/sysvipc/shm")).as("ipc").doesNotContain(" 4242 ");
        assertThat(Files.readString(Path.of("/proc/sysvipc/shm"))).as("ipc").doesNotContain(" 4242 ");
        inside("web", "a", "echo x >/dev/shm/mine");
        assertThat(inside("web", "b", "ls /dev/shm")).isEqualTo("mine");
        assertThat(inside("other", "a", "ls /dev/shm")).isEmpty();
        assertThat(Path.of("/dev/shm/mine")).doesNotExist();

        String hear = "busybox nc -l -p 7777 </dev/null >/tmp/heard 2>&1 &";
        inside(
                "web",
                "a",
                "(" + hear
                        + ") ; for n in 1 2 3 4 5 6 7 8 9; do grep -q ':1E61 .* 0A ' /proc/net/tcp || sleep 0.3; done");
        String call = "echo hello | busybox nc -w 2 127.0.0.1 7777 2>&1; echo code $?";
        assertThat(inside("other", "a", call))
                .as("net: another pod's loopback")
                .contains("code 1", "Connection refused");
        assertThat(Files.readString(Path.of("/proc/net/tcp")))
                .as("net: the machine's")
                .doesNotContainPattern(":1E61 .* 0A ");
        assertThat(inside("web", "b", call)).as("net: the pod's").endsWith("code 0");

        Path mounted = Files.createDirectory(directory.resolve("mounted"));
        Command.run(List.of("mount", "-t", "tmpfs", "none", mounted.toString()));
        try {
            assertThat(Files.readString(Path.of("/proc/self/mounts"))).contains(mounted.toString());
            assertThat(inside("web", "a", "cat /proc/self/mountinfo")).as("mnt").doesNotContain(mounted.toString());
        } finally {
            Command.run(List.of("umount", mounted.toString()));
        }

        String machines = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        assertThat(inside("web", "b", "hostname")).as("uts: the pod's").isEqualTo("web");
        assertThat(inside("other", "a", "hostname")).as("uts").isEqualTo("other");
        assertThat(machines).isNotIn("web", "other");
        assertThat(inside("web", "a", "hostname changed; hostname"))
                .as("uts: without the right to")
                .contains("web", "Operation not permitted");

        assertThat(inside("web", "a", "cat /proc/1/cgroup").lines())
                .as("cgroup")
                .allMatch(line -> line.endsWith(":/"));
        assertThat(Files.readString(Path.of("/proc", neighbours, "cgroup"))).contains("/poduid-web/b");
        assertThat(inside("web", "a", "ls -R /sys/fs/cgroup")).as("cgroup").doesNotContain("poduid");
        assertThat(inside("web", "a", "cat /proc/self/uid_map").split("\\s+"))
                .as("user: the machine's, unless the pod says hostUsers: false")
                .containsExactly("0", "0", "4294967295");
    }

    @Test
    void sysctlsAreTheNamespacesOwnAndOnlyAllowedOnesAreSet() throws Exception {
        String sysctl = "\"securityContext\": {\"sysctls\": [{\"name\": \"%s\", \"value\": \"%s\"}]}, ";
        String machines = Files.readString(Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start"));
        run("safe", sysctl.formatted("net.ipv4.ip_unprivileged_port_start", "77"));
        run("allowed", sysctl.formatted("net/core/somaxconn", "99"));
        assertThat(inside("safe", "a", "cat /proc/sys/net/ipv4/ip_unprivileged_port_start"))
                .isEqualTo("77");
        assertThat(inside("allowed", "a", "cat /proc/sys/net/core/somaxconn")).isEqualTo("99");
        assertThat(Files.readString(Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start")))
                .isEqualTo(machines);
        bench.assignSpec("forbidden", "{" + sysctl.formatted("kernel.panic", "1") + TWO + "}");
        assertThat(bench.events().await("status", "forbidden", "\"phase\":\"Failed\""))
                .contains("\"reason\":\"SysctlForbidden\"")
                .contains("Pod was rejected: forbidden sysctl: \\\"kernel.panic\\\" not allowlisted");
    }

    @Test
    void hostNamespacesAreTheMachines() throws Exception {
        run("net", "\"hostNetwork\": true, ");
        run("pid", "\"hostPID\": true, ");
        run("ipc", "\"hostIPC\": true, ");
        Map<String, String> host = namespaces("self");
        assertThat(shared(namespaces("net", "a"), host)).containsExactly("net", "user", "uts");
        assertThat(shared(namespaces("pid", "a"), host)).containsExactly("pid", "user");
        assertThat(shared(namespaces("ipc", "a"), host)).containsExactly("ipc", "user");
        assertThat(inside("pid", "a", "cat /proc/" + ProcessHandle.current().pid() + "/comm"))
                .isEqualTo("java");
        Path shared = Path.of("/dev/shm/waybill-it-" + ProcessHandle.current().pid());
        Files.writeString(shared, "machine's");
        try {
            assertThat(inside("ipc", "a", "cat " + shared)).isEqualTo("machine's");
            assertThat(inside("net", "a", "ls /dev/shm")).isEmpty();
        } finally {
            Files.delete(shared);
        }
    }

    @Test
    void sharedProcessesSeeEachOtherBelowAProcessThatReapsThem() throws Exception {
        run("web", "\"shareProcessNamespace\": true, ");
        assertThat(shared(namespaces("web", "a"), namespaces("web", "b")))
                .containsExactly("ipc", "net", "pid", "user", "uts");
        assertThat(shared(namespaces("web", "a"), namespaces("self"))).containsExactly("user");
        assertThat(inside("web", "a", "cat /proc/[0-9]*/cmdline"))
                .startsWith("/init -P")
                .contains("sleep 600")
                .contains("sleep 601");
        // An orphan that ends is reaped; as long as it lives it is its container's.
        inside("web", "a", "(sleep 0 &)");
        assertThat(inside("web", "b", "cat /proc/[0-9]*/stat")).doesNotContain(") Z ");
    }

    @Test
    void theEndOfAContainerLeavesNoneOfItsProcessesInTheSharedNamespace() throws Exception {
        run("web", "\"shareProcessNamespace\": true, ");
        inside("web", "a", "(sleep 602 >/dev/null 2>&1 &)");
        assertThat(inside("web", "b", "cat /proc/[0-9]*/cmdline")).contains("sleep 602");
        bench.events().clear();
        ProcessHandle.of(bench.pid("web", "a")).orElseThrow().destroyForcibly();
        bench.events().await("exited", "web/a");
        bench.events().await("started", "web/a");
        assertThat(inside("web", "b", "cat /proc/[0-9]*/cmdline"))
                .contains("sleep 600")
                .doesNotContain("sleep 602");
    }

    @Test
    void theDeathOfTheFirstSharedProcessRestartsTheContainersInANewNamespace() throws Exception {
        run("web", "\"shareProcessNamespace\": true, ");
        String before = namespaces("web", "a").get("pid");
        bench.events().clear();
        Path pid = bench.podDirectory("web").resolve("containers/_init/0/pid");
        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
                .orElseThrow()
                .destroyForcibly();
        bench.events().await("exited", "web/a");
        bench.events().await("exited", "web/b");
        bench.events().await("started", "web/a");
        bench.events().await("started", "web/b");
        assertThat(namespaces("web", "a").get("pid"))
                .isNotEqualTo(before)
                .isEqualTo(namespaces("web", "b").get("pid"));
        bench.remove("web");
        assertThat(Files.readString(Path.of("/proc/self/mounts")))
                .doesNotContain(bench.podDirectory("web").toString());
    }
}
