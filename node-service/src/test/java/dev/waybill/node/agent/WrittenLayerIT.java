package dev.waybill.node.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.image.chain.DriverChoice;
import dev.waybill.image.store.ImageStore;
import dev.waybill.image.store.LayerStore;
import dev.waybill.node.testing.LayeredImage;
import dev.waybill.node.testing.LoopFileSystem;
import dev.waybill.node.testing.NodeBench;
import dev.waybill.node.testing.ShellLayer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What containers write beside their volumes, on the roots of every storage driver, against their limit. */
@Timeout(600)
class WrittenLayerIT {
    @TempDir
    Path image;

    @ParameterizedTest
    @CsvSource({"overlay, ext4", "vfs, ext4", "vfs, xfs", "btrfs, btrfs"})
    void whatIsWrittenCountsAndWhatTheImageHasDoesNot(String driver, String type) throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        Path tree = ShellLayer.make(image.resolve("tree"));
        ShellLayer.addTools(tree);
        LayeredImage.shell(tree, "head -c 5000000 /dev/urandom >large");
        try (LoopFileSystem disk = LoopFileSystem.mount(type);
                LayerStore layers = LayerStore.open(disk.root().resolve("store"))) {
            ImageStore images = new ImageStore(layers);
            List<String> paths = DriverChoice.choose(driver, images).prepare(LayeredImage.put(images, tree)).stream()
                    .map(Path::toString)
                    .toList();
            try (NodeBench bench = new NodeBench(disk.root().resolve("data"), driver)) {
                bench.useImage(paths);
                bench.assignPod("web", """
                        {"hostNetwork": true, "terminationGracePeriodSeconds": 0, "containers": [
                          {"name": "c0", "image": "app:1", "command": ["/bin/sleep", "600"],
                           "resources": {"limits": {"ephemeral-storage": "4Mi"}}}]}""");
                bench.events().await("started", "web/c0");
                bench.run("web", "c0", "/bin/dd", "if=/dev/zero", "of=/new", "bs=1000000", "count=1");
                Thread.sleep(Duration.ofSeconds(6)); // more than a round, in which nothing may happen
                assertThat(bench.events().lines()).noneMatch(line -> line.contains("Evicted"));
                // A byte of a large file of the image, which an overlay copies as a whole.
                bench.run("web", "c0", "/bin/dd", "if=/dev/zero", "of=/large", "bs=1", "count=1", "conv=notrunc");
                assertThat(bench.events().await("status", "\"reason\":\"Evicted\""))
                        .contains("exceeds the total limit of containers 4Mi.");
            }
        }
    }
}
