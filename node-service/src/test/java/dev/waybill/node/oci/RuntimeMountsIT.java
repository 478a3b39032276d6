package dev.waybill.node.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.cgroup.Cgroups;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The mounts that crun is given instead of the machine's. */
@Timeout(300)
class RuntimeMountsIT {
    private static final Path UNIFIED = Path.of("/sys/fs/cgroup/unified");

    @TempDir
    Path directory;

    @BeforeEach
    void root() {
        assumeTrue("root".equals(System.getProperty("user.name")), "mounts need root");
    }

    private static String within(RuntimeMounts mounts, String... command) {
        List<String> words = new ArrayList<>(mounts.entering());
        words.addAll(List.of(command));
        return Command.run(words);
    }

    @Test
    void aProgramInThemSeesVersion1AloneAndTheMachineKeepsBoth() throws Exception {
        assumeTrue(Cgroups.detect().hybrid(), "this machine is not hybrid");
        Path namespace;
        try (RuntimeMounts mounts = RuntimeMounts.ofVersion1()) {
            namespace = mounts.file();
            assertThat(within(mounts, "ls", "/sys/fs/cgroup/unified", "/sys/fs/cgroup"))
                    .contains("memory")
                    .doesNotContain("cgroup.procs");
            assertThat(within(mounts, "cat", "/proc/self/mountinfo"))
                    .contains(" /sys/fs/cgroup/memory ")
                    .doesNotContain(" " + UNIFIED + " ");
            assertThat(UNIFIED.resolve("cgroup.procs")).exists();
        }
        assertThat(namespace).doesNotExist();
        assertThat(UNIFIED.resolve("cgroup.procs")).exists();
    }

    @Test
    void aNullDeviceOfTheirOwnMayBeGivenAway() throws Exception {
        try (RuntimeMounts mounts =
                RuntimeMounts.withOwnNull(directory, Cgroups.detect().hybrid())) {
            List<String> words = new ArrayList<>(mounts.entering());
            words.addAll(List.of(
                    "sh",
                    "-c",
                    "echo x >/dev/null; chown 1234 /proc/self/fd/0;"
                            + " stat -c '%u %a %t:%T' /dev/null; stat -L -c %u /proc/self/fd/0"));
            Process process = new ProcessBuilder(words)
                    .redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .start();
            assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("1234 666 1:3\n1234\n");
        }
        assertThat(Files.getAttribute(Path.of("/dev/null"), "unix:uid")).isEqualTo(0);
        assertThat(directory.resolve("null")).doesNotExist();
        assertThat(Files.readString(Path.of("/proc/self/mounts"))).doesNotContain(directory.toString());
    }
}
