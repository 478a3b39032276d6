package dev.waybill.node.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MountsTest {
    private static final List<Mounts.Mount> MOUNTS = List.of(
                    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
                    "30 22 0:26 / /mnt rw - tmpfs tmpfs rw",
                    "31 22 0:27 /part /mnt/with\\040space\\134 rw,relatime master:7 shared:9 - tmpfs tmpfs rw",
                    "32 22 0:28 / /mnt rw master:3 - tmpfs over rw")
            .stream()
            .map(Mounts.Mount::parse)
            .toList();

    @Test
    void aFileLiesInTheDeepestMountAndThereInTheUppermost() {
        assertThat(Mounts.of(Path.of("/etc/hosts"), MOUNTS)).isEqualTo(new Mounts.Mount(Path.of("/"), true, false));
        assertThat(Mounts.of(Path.of("/mnt/a"), MOUNTS)).isEqualTo(new Mounts.Mount(Path.of("/mnt"), false, true));
        assertThat(Mounts.of(Path.of("/mntx"), MOUNTS).point()).hasToString("/");
        assertThat(Mounts.of(Path.of("/mnt/with space\\/a"), MOUNTS))
                .isEqualTo(new Mounts.Mount(Path.of("/mnt/with space\\"), true, true));
    }
}
