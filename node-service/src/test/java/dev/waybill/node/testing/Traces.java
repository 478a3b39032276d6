package dev.waybill.node.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.node.oci.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What pods of a {@link NodeBench} may leave on the machine: mounts, those of their namespaces among them, bridge, rules,
 * addresses, control groups, processes, and the runtime's notes. Stateless.
 */
public final class Traces {
    private static final List<String> CONTROLLERS =
            List.of("memory", "pids", "cpu", "cpuacct", "cpuset", "blkio", "freezer", "devices", "systemd", "unified");

    private final Path node;
    private final String tag;

    /** @param directory the bench's */
    public Traces(Path directory, String tag) {
        this.node = directory.resolve("node");
        this.tag = tag;
    }

    /** Nothing is left, after a moment in which the kernel may forget. */
    public void assertNone() throws Exception {
        await("mounts, namespaces' among them", this::mounts);
        assertThat(Path.of("/sys/class/net/wbt" + tag)).doesNotExist();
        await("rules", this::rules);
        for (String controller : CONTROLLERS) {
            assertThat(Path.of("/sys/fs/cgroup", controller, "waybill-it-" + tag))
                    .doesNotExist();
        }
        await("shims, runtimes and plugins", this::processes);
        for (String empty : List.of("run/runtime", "run/exits", "run/sockets", "run/exec", "ready")) {
            assertThat(list(node.resolve(empty))).as(empty).isEmpty();
        }
        assertThat(list(node.resolve("cni/wbt" + tag)))
                .filteredOn(name -> name.startsWith("10."))
                .as("addresses given out")
                .isEmpty();
    }

    /** Nor do they stand in the node's records. */
    public void assertForgotten() throws Exception {
        assertNone();
        assertThat(list(node.resolve("pods"))).isEmpty();
    }

    private interface Found {
        List<String> left() throws Exception;
    }

    private static void await(String what, Found found) throws Exception {
        long deadline = System.nanoTime() + Eventually.PATIENCE.toNanos();
        while (!found.left().isEmpty()) {
            if (System.nanoTime() > deadline) {
                assertThat(found.left()).as(what).isEmpty();
            }
            Thread.sleep(20);
        }
    }

    private List<String> mounts() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/mounts")).stream()
                .filter(line -> line.contains(node.toString()))
                .toList();
    }

    /** Those that name the node's bridge, as the masquerading rule and all of portmap's do. */
    private List<String> rules() {
        return Command.run(List.of("sh", "-c", "iptables -S; iptables -t nat -S"))
                .lines()
                .filter(rule -> rule.contains("wbt" + tag))
                .toList();
    }

    private static List<String> list(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(path)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    /** Those that work in the node's directory, but for this one. */
    private List<String> processes() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.pid() != ProcessHandle.current().pid())
                .map(process -> {
                    try {
                        return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
                    } catch (IOException e) {
                        return "";
                    }
                })
                .filter(line -> line.contains(node.toString()))
                .toList();
    }
}
