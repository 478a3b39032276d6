package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.testing.NodeLife;
import dev.waybill.node.testing.Traces;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A machine before a node's first pod and after its end: rules, forwarding, interfaces, mounts, control groups. The node
 * has a network and mounts that nobody else has, so that all of them can be compared.
 */
@Timeout(600)
class MachineAsBeforeIT {
    /** In a new network tables are made with their first chain. */
    private static final String SCRIPT = """
            state() {
              iptables-save | sed '/^#/d; s/ \\[.*//'
              ip6tables-save | sed '/^#/d; s/ \\[.*//'
              cat /proc/sys/net/ipv4/ip_forward
              ip -o link | cut -d: -f2 | cut -d@ -f1
              ip netns
              sed 's/^/mount /' /proc/self/mounts
              find /sys/fs/cgroup -name "$TAG*" -type d
            }
            echo 0 >/proc/sys/net/ipv4/ip_forward
            ip link set lo up
            for table in nat filter; do
              for tool in iptables ip6tables; do $tool -t $table -N first && $tool -t $table -X first; done
            done
            # What /sys shows of interfaces are those of the network in which it was mounted.
            groups="$DIRECTORY/groups"; mkdir "$groups"
            mount --rbind /sys/fs/cgroup "$groups" && mount -t sysfs sysfs /sys
            mount --rbind "$groups" /sys/fs/cgroup && umount --lazy "$groups"
            state >"$DIRECTORY/before"
            "$@" >"$DIRECTORY/node.log" 2>&1
            code=$?
            state >"$DIRECTORY/after"
            exit $code
            """;

    @TempDir
    Path directory;

    @Test
    void aNodeLeavesItAsItWas() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        String tag = UUID.randomUUID().toString().substring(0, 8);
        ProcessBuilder builder = new ProcessBuilder(
                "unshare",
                "--net",
                "--mount",
                "--propagation",
                "private",
                "sh",
                "-c",
                SCRIPT,
                "sh",
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                NodeLife.class.getName(),
                directory.toString(),
                tag);
        builder.environment().put("DIRECTORY", directory.toString());
        builder.environment().put("TAG", "waybill-it-" + tag);
        Process process = builder.inheritIO().start();
        assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as(Files.readString(directory.resolve("node.log")))
                .isZero();
        List<String> before = Files.readAllLines(directory.resolve("before"));
        assertThat(before).contains("0", " lo").anyMatch(line -> line.contains(" /sys/fs/cgroup"));
        List<String> after = Files.readAllLines(directory.resolve("after"));
        // Mounts go here too when somebody removes what they lie on.
        assertThat(after)
                .containsExactlyElementsOf(before.stream()
                        .filter(line -> !line.startsWith("mount ") || after.contains(line))
                        .toList());
        new Traces(directory, tag).assertNone();
    }
}
