package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.pod.IdRange;
import dev.waybill.node.testing.NodeBench;
import dev.waybill.node.testing.ShellLayer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pods whose root is nobody on the machine. */
@Timeout(600)
class UserNamespacesIT {
    private static final long FIRST = 1L << 30;

    @TempDir
    Path directory;

    private NodeBench bench;

    private void start(String driver) throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        bench = new NodeBench(directory, driver);
        ShellLayer.addTools(directory.resolve("layer"));
    }

    @BeforeEach
    void nullDevice() throws Exception {
        assertThat(Files.getAttribute(Path.of("/dev/null"), "unix:uid")).isEqualTo(0);
    }

    @AfterEach
    void end() throws Exception {
        if (bench != null) {
            bench.close();
            assertThat(bench.leftGroups()).isFalse();
        }
        assertThat(Files.getAttribute(Path.of("/dev/null"), "unix:uid")).isEqualTo(0);
    }

    private void run(String name, String context) throws Exception {
        bench.assignSpec(name, """
                {"hostUsers": false, "terminationGracePeriodSeconds": 0, "securityContext": {"fsGroup": 3000},
                 "volumes": [{"name": "data", "emptyDir": {}}, {"name": "host", "hostPath": {"path": "%s"}}],
                 "containers": [{"name": "a", "image": "app:1", "command": ["/bin/sleep", "600"],
                   "securityContext": %s,
                   "volumeMounts": [{"name": "data", "mountPath": "/data"}, {"name": "host", "mountPath": "/host"}]}]}""".formatted(Files.createDirectories(directory.resolve("host")), context));
        bench.events().await("started", name + "/a");
    }

    private String inside(String pod, String script) throws Exception {
        return bench.run(pod, "a", "/bin/sh", "-c", script);
    }

    private static long owner(Path file) throws Exception {
        return ((Integer) Files.getAttribute(file, "unix:uid")).longValue();
    }

    @Test
    void eachPodHasARangeOfItsOwnAndGivesItBack() throws Exception {
        start("overlay");
        run("one", "{}");
        run("two", "{}");
        assertThat(inside("one", "cat /proc/self/uid_map").split("\\s+"))
                .containsExactly("0", Long.toString(FIRST), Long.toString(IdRange.PER_POD));
        assertThat(inside("two", "cat /proc/self/gid_map").split("\\s+"))
                .containsExactly("0", Long.toString(FIRST + IdRange.PER_POD), Long.toString(IdRange.PER_POD));
        assertThat(inside("one", "id")).startsWith("uid=0 gid=0");
        assertThat(owner(Path.of("/proc", Integer.toString(bench.pid("one", "a")))))
                .isEqualTo(FIRST);
        bench.remove("one");
        run("three", "{}");
        assertThat(inside("three", "cat /proc/self/uid_map")).contains(Long.toString(FIRST));
        assertThat(Files.readString(Path.of("/proc/self/mounts")))
                .doesNotContain(bench.podDirectory("one").toString())
                .doesNotContainPattern("(?m)^\\S+ \\S+/lower/");
    }

    @Test
    void manyAtOnceHaveDifferentRanges() throws Exception {
        start("overlay");
        long begun = System.nanoTime();
        for (int i = 0; i < 12; i++) {
            bench.assignSpec("p" + i, """
                    {"hostUsers": false, "shareProcessNamespace": true, "terminationGracePeriodSeconds": 0,
                     "containers": [{"name": "a", "image": "app:1", "command": ["/bin/sleep", "600"]}]}""");
        }
        Set<String> maps = new HashSet<>();
        for (int i = 0; i < 12; i++) {
            bench.events().await("started", "p" + i + "/a");
        }
        System.out.println("12 pods with users and processes of their own started in "
                + Duration.ofNanos(System.nanoTime() - begun).toMillis() + " ms");
        for (int i = 0; i < 12; i++) {
            maps.add(inside("p" + i, "cat /proc/self/uid_map"));
        }
        assertThat(maps).hasSize(12);
    }

    @Test
    void anotherAgentKnowsTheRangesAndTheProcessesThatThePodsHave() throws Exception {
        start("overlay");
        bench.assignSpec("one", """
                {"hostUsers": false, "shareProcessNamespace": true, "terminationGracePeriodSeconds": 0,
                 "containers": [{"name": "a", "image": "app:1", "command": ["/bin/sleep", "600"]}]}""");
        bench.events().await("started", "one/a");
        int pid = bench.pid("one", "a");
        String namespace = inside("one", "readlink /proc/self/ns/pid");
        bench.events().clear();
        bench.replaceAgent();
        run("two", "{}");
        assertThat(inside("two", "cat /proc/self/uid_map")).contains(Long.toString(FIRST + IdRange.PER_POD));
        assertThat(bench.pid("one", "a")).isEqualTo(pid);
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        bench.events().await("started", "one/a");
        assertThat(inside("one", "readlink /proc/self/ns/pid")).isEqualTo(namespace);
        assertThat(inside("one", "cat /proc/self/uid_map")).contains(Long.toString(FIRST));
    }

    @ParameterizedTest
    @ValueSource(strings = {"overlay", "vfs"})
    void imagesAndVolumesBelongToThePodsOwnRoot(String driver) throws Exception {
        start(driver);
        Files.createDirectories(directory.resolve("host"));
        Files.writeString(directory.resolve("host/there"), "x");
        run("web", "{}");
        assertThat(inside("web", "stat -c %u:%g /bin/sh /etc/hosts /host/there /data /dev/shm"))
                .isEqualTo("0:0\n0:0\n0:0\n0:3000\n0:0");
        inside("web", "touch /made /data/made /host/made; echo x >/dev/null; cp /bin/sh /bin/copy; chmod 4755 /bin/sh");
        assertThat(owner(directory.resolve("host/made"))).as("as on the disk").isZero();
        assertThat(owner(bench.podDirectory("web").resolve("volumes/data/made")))
                .isZero();
        assertThat(inside("web", "stat -c %u /made /bin/sh")).isEqualTo("0\n0");
        assertThat(Files.exists(directory.resolve("layer/made"))).isFalse();
    }

    @Test
    void rootOfThePodHasNoPowerOverTheMachine() throws Exception {
        start("overlay");
        run("web", "{\"capabilities\": {\"add\": [\"ALL\"]}}");
        assertThat(inside("web", "ip link set lo down && ip link set lo up && echo own"))
                .as("its own network")
                .isEqualTo("own");
        assertThat(inside("web", "hostname changed && hostname"))
                .as("its own name")
                .isEqualTo("changed");
        assertThat(
                        inside(
                                "web",
                                "echo 1 >/proc/sysrq-trigger; perl -e 'print syscall(168), $!+0'; perl -e 'print syscall(170, \"x\", 1)'"))
                .as("sethostname is its own, the machine's switches are not");
        assertThat(inside("web", "perl -e 'syscall(164, 0, 0); print $!+0'"))
                .as("settimeofday")
                .isEqualTo("1");
        assertThat(inside("web", "mknod /disk b 8 0")).as("a disk").contains("Operation not permitted");
    }

    @Test
    void aDirectoryThatThePodsRootMayNotPassIsNamed() throws Exception {
        start("overlay");
        Files.setPosixFilePermissions(directory.resolve("node"), PosixFilePermissions.fromString("rwx------"));
        bench.assignSpec("web", """
                {"hostUsers": false, "containers": [{"name": "a", "image": "app:1", "command": ["/bin/sleep", "600"]}]}""");
        assertThat(bench.events().await("no sandbox", "web"))
                .contains("only the owner of " + directory.toRealPath().resolve("node") + " may pass it");
        Files.setPosixFilePermissions(directory.resolve("node"), PosixFilePermissions.fromString("rwx--x--x"));
        bench.events().await("started", "web/a");
    }

    @Test
    void usersAreThoseOfTheRangeAndATerminalIsTheUsers() throws Exception {
        start("overlay");
        bench.assignSpec("web", """
                {"hostUsers": false, "terminationGracePeriodSeconds": 0,
                 "containers": [
                   {"name": "a", "image": "app:1", "tty": true, "securityContext": {"runAsUser": 1000},
                    "command": ["/bin/sleep", "600"]},
                   {"name": "b", "image": "app:1", "command": ["/bin/sleep", "600"],
                    "securityContext": {"runAsUser": 70000}}]}""");
        bench.events().await("started", "web/a");
        assertThat(bench.events().await("status", "CreateContainerError"))
                .contains("id 70000 is not one of the pod's own: with `hostUsers: false` ids are below 65536");
        assertThat(inside("web", "id")).startsWith("uid=1000");
        assertThat(inside("web", "stat -c %u /dev/console")).isEqualTo("1000");
        assertThat(owner(Path.of("/proc", Integer.toString(bench.pid("web", "a")))))
                .isEqualTo(FIRST + 1000);
    }

    @Test
    void procIsShownWholeOnlyWhereItIsAsked() throws Exception {
        start("overlay");
        run("masked", "{}");
        run("whole", "{\"procMount\": \"Unmasked\"}");
        assertThat(inside("masked", "grep -c ' /proc/' /proc/self/mounts")).isNotEqualTo("0");
        assertThat(inside("whole", "grep -c ' /proc/' /proc/self/mounts")).isEqualTo("0");
    }

    @Test
    void sharedProcessesAndSeccompWorkThereToo() throws Exception {
        start("overlay");
        bench.assignSpec("web", """
                {"hostUsers": false, "shareProcessNamespace": true, "terminationGracePeriodSeconds": 0,
                 "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
                 "containers": [{"name": "a", "image": "app:1", "command": ["/bin/sleep", "600"]}]}""");
        bench.events().await("started", "web/a");
        assertThat(inside("web", "cat /proc/1/comm; grep Seccomp: /proc/self/status"))
                .isEqualTo("init\nSeccomp:\t2");
        bench.remove("web");
        assertThat(Files.readString(Path.of("/proc/self/mounts")))
                .doesNotContain(bench.podDirectory("web").toString());
    }
}
