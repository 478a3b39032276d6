package dev.waybill.node.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.cgroup.Cgroups;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The mounts that crun is given on a machine with control groups of both versions. */
class LegacyMountsIT {
    private static final Path UNIFIED = Path.of("/sys/fs/cgroup/unified");

    @Test
    void aProgramInThemSeesVersion1AloneAndTheMachineKeepsBoth() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "mounts need root");
        assumeTrue(Cgroups.detect().hybrid(), "this machine is not hybrid");
        List<String> before = Files.readAllLines(Path.of("/proc/self/mountinfo"));
        Path namespace;
        try (LegacyMounts mounts = LegacyMounts.open()) {
            namespace = mounts.file();
            String inside = mounts.call(() -> Command.run(List.of("ls", "/sys/fs/cgroup/unified", "/sys/fs/cgroup")));
            assertThat(inside).contains("memory").doesNotContain("cgroup.procs");
            String entered = Command.run(List.of("nsenter", "--mount=" + namespace, "cat", "/proc/self/mountinfo"));
            assertThat(entered).contains(" /sys/fs/cgroup/memory ").doesNotContain(" " + UNIFIED + " ");
            assertThat(UNIFIED.resolve("cgroup.procs")).exists();
        }
        assertThat(Files.readAllLines(Path.of("/proc/self/mountinfo"))).isEqualTo(before);
        long deadline = System.nanoTime() + 5_000_000_000L;
        while (Files.exists(namespace)) {
            assertThat(System.nanoTime())
                    .as("the namespace goes with its thread")
                    .isLessThan(deadline);
            Thread.sleep(5);
        }
    }
}
