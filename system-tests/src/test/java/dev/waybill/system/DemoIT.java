package dev.waybill.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.standalone.Machine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code ./waybill demo} as a person types it, and that the machine is afterwards as it was. */
@Timeout(300)
class DemoIT {
    private static final int PORTS = 31_400;

    @Test
    void theDemoRunsThroughAndLeavesTheMachineAsItWas() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        Path scratch = Repository.scratch("demo");
        Path data = scratch.resolve("data");
        Path output = scratch.resolve("output");
        ProcessBuilder builder = new ProcessBuilder(
                        Repository.root().resolve("waybill").toString(),
                        "demo",
                        "--data",
                        data.toString(),
                        "--port-base",
                        Integer.toString(PORTS))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("WAYBILL_NO_AOT", "true");
        Process demo = builder.start();
        assertThat(demo.waitFor(240, TimeUnit.SECONDS)).as("the demo ends").isTrue();
        String text = Files.readString(output);
        assertThat(demo.exitValue()).as(text).isZero();
        assertThat(text).doesNotContain("FAILED");
        assertThat(text.lines().filter(line -> line.contains("[ok]"))).hasSizeGreaterThanOrEqualTo(10);
        String tag = Machine.of(data).tag();
        assertThat(tag).isNotEmpty();
        assertThat(machine()).noneMatch(line -> line.contains(tag) || line.contains(data.toString()));
    }

    /** Mounts, interfaces, control groups and address translation rules. */
    private static List<String> machine() throws Exception {
        List<String> all = new java.util.ArrayList<>(Files.readAllLines(Path.of("/proc/self/mounts")));
        try (Stream<Path> interfaces = Files.list(Path.of("/sys/class/net"))) {
            interfaces.map(Path::toString).sorted().forEach(all::add);
        }
        try (Stream<Path> groups = Files.walk(Path.of("/sys/fs/cgroup"), 3)) {
            groups.filter(Files::isDirectory).map(Path::toString).sorted().forEach(all::add);
        }
        Process rules = new ProcessBuilder("iptables", "-t", "nat", "-S").start();
        all.addAll(new String(rules.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
                .lines()
                .toList());
        return all;
    }
}
