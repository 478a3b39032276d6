package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.image.chain.DriverChoice;
import dev.waybill.image.store.ImageStore;
import dev.waybill.image.store.LayerStore;
import dev.waybill.image.store.StoredImage;
import dev.waybill.node.kernel.Linux;
import dev.waybill.node.testing.LayeredImage;
import dev.waybill.node.testing.LoopFileSystem;
import dev.waybill.node.testing.NodeBench;
import dev.waybill.node.testing.ShellLayer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Images of image-service's store, from every driver's root, in pods with users of their own: whose the files are. */
@Timeout(600)
class MappedRootsIT {
    private static final int FIRST = 1 << 30;
    private static final String SCRIPT = "stat -c '%n %u:%g %a' /bin/sh /srv /srv/own /srv/tool;"
            + " [ -O /srv/own ] && echo mine; echo more >>/srv/own && echo written";

    @TempDir
    Path image;

    /** What a layer's archive says of owners: root's, a user's, a set-user-id program of a user. */
    private Path tree() throws Exception {
        Path tree = ShellLayer.make(image.resolve("tree"));
        ShellLayer.addTools(tree);
        LayeredImage.shell(tree, """
                mkdir -m 0750 srv; echo x >srv/own; chmod 0600 srv/own; cp bin/cat srv/tool
                chown -R 1000:1001 srv; chmod 4755 srv/tool""");
        return tree;
    }

    @ParameterizedTest
    @CsvSource({"overlay, ext4", "overlay, xfs", "btrfs, btrfs", "vfs, btrfs", "vfs, xfs", "vfs, ext4"})
    void ownersAreTheImagesInsideAndTheStoreKeepsItsOwn(String driver, String type) throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        try (LoopFileSystem disk = LoopFileSystem.mount(type);
                LayerStore layers = LayerStore.open(disk.root().resolve("store"))) {
            Files.setPosixFilePermissions(disk.root(), PosixFilePermissions.fromString("rwx--x--x"));
            ImageStore images = new ImageStore(layers);
            StoredImage stored = LayeredImage.put(images, tree());
            List<String> paths = DriverChoice.choose(driver, images).prepare(stored).stream()
                    .map(Path::toString)
                    .toList();
            Path data = Files.createDirectory(disk.root().resolve("data"));
            Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx--x--x"));
            String before = LayeredImage.shell(Path.of(paths.getLast()), "find . -printf '%P %U:%G %m %s\\n' | sort");
            try (NodeBench bench = new NodeBench(data, driver)) {
                bench.useImage(paths);
                check(bench, data, driver);
                assertThat(LayeredImage.shell(Path.of(paths.getLast()), "find . -printf '%P %U:%G %m %s\\n' | sort"))
                        .as("the store's")
                        .isEqualTo(before);
                bench.remove("web");
                assertThat(Files.readString(Path.of("/proc/self/mounts"))).doesNotContain(data + "/node/pods/uid-web");
            }
            assertThat(data.resolve("node/pods/uid-web/containers")).doesNotExist();
        }
    }

    private static void check(NodeBench bench, Path data, String driver) throws Exception {
        bench.assignSpec("web", """
                {"hostUsers": false, "terminationGracePeriodSeconds": 0, "containers": [
                   {"name": "root", "image": "app:1", "command": ["/bin/sleep", "600"]},
                   {"name": "user", "image": "app:1", "command": ["/bin/sleep", "600"],
                     "securityContext": {"runAsUser": 1000, "runAsGroup": 1001}}]}""");
        bench.events().await("started", "web/root");
        bench.events().await("started", "web/user");
        assertThat(bench.run("web", "user", "/bin/sh", "-c", SCRIPT)).isEqualTo("""
                /bin/sh 0:0 755
                /srv 1000:1001 750
                /srv/own 1000:1001 600
                /srv/tool 1000:1001 4755
                mine
                written""");
        assertThat(bench.run("web", "user", "/bin/sh", "-c", "echo x >/bin/sh; echo x >/new"))
                .as("root's is not the user's")
                .contains("Permission denied");
        assertThat(bench.run(
                        "web",
                        "root",
                        "/bin/sh",
                        "-c",
                        "touch /made; cp /srv/tool /srv/copy; chown 7:8 /srv/copy; stat -c '%n %u:%g' /made /srv/copy"))
                .isEqualTo("/made 0:0\n/srv/copy 7:8");
        Path root = data.resolve("node/pods/uid-web/containers/root/0/rootfs");
        long pid = bench.pid("web", "root");
        assertThat(Files.getAttribute(Path.of("/proc/" + pid), "unix:uid"))
                .as("the process is of the pod's range")
                .isEqualTo(FIRST);
        Path raw = Files.createDirectory(data.resolveSibling("raw"));
        // A bind mount alone shows what lies below the mount that maps owners.
        LayeredImage.shell(raw, "mount --bind " + root.getParent() + " " + raw);
        try {
            // An overlay's own directory is written by the pod's root; a tree is covered by a mount that maps back.
            boolean mappedBack = !driver.equals("overlay");
            assertThat(LayeredImage.shell(raw, "find . -path '*srv/copy' -printf '%U:%G'"))
                    .isEqualTo(mappedBack ? "7:8" : (FIRST + 7) + ":" + (FIRST + 8));
            String foreign = mappedBack ? "65535" : Long.toString(FIRST + 65535);
            assertThat(LayeredImage.shell(raw, "find . -uid +" + foreign + " -o -gid +" + foreign))
                    .isEmpty();
        } finally {
            Linux.unmount(raw);
        }
    }
}
