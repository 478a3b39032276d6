package dev.waybill.node.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.image.chain.DriverChoice;
import dev.waybill.image.store.ImageStore;
import dev.waybill.image.store.LayerStore;
import dev.waybill.image.store.StoreCheck;
import dev.waybill.image.store.StoredImage;
import dev.waybill.node.kernel.Linux;
import dev.waybill.node.testing.LayeredImage;
import dev.waybill.node.testing.LoopFileSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What every storage driver promises, from layers in image-service's store to a root that is gone again. */
class StorageDriverContractIT {
    private static final long BIG_BYTES = 32L << 20;

    @TempDir
    static Path archives;

    private static LayeredImage image;
    private static String small;
    private static String whole;

    /** What the kernel's overlay shows is what the others have to make. */
    @BeforeAll
    static void reference() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "ownership and devices need root");
        image = new LayeredImage(archives);
        try (LoopFileSystem disk = LoopFileSystem.mount("ext4");
                LayerStore layers = LayerStore.open(disk.root().resolve("store"))) {
            ImageStore images = new ImageStore(layers);
            small = overlay(disk, images, image.put(images, 2));
            whole = overlay(disk, images, image.put(images, 3));
        }
        assertThat(whole)
                .contains("bin/su f 755 0:0", "dir-file/again f", "etc/hard-too f", "dev/null c 666", "opaque/deep/new")
                .contains(
                        "etc/two is a/two",
                        "security.capability=0x",
                        "user.note=0x78",
                        "./dev/disk 103:1001",
                        "na\u00efve")
                .doesNotContain("opaque/old", "opaque/deep/old", "gone f", "gone-dir/x", "user.dir", ".wh.");
        assertThat(small).contains("bin/su f 6755 0:42", "back/x f", "etc/hard-too is a/b/f");
    }

    private static String overlay(LoopFileSystem disk, ImageStore images, StoredImage stored) {
        Path bundle = disk.root().resolve("reference");
        List<String> paths =
                images.layerPaths(stored).stream().map(Path::toString).toList();
        try {
            return LayeredImage.describe(OverlayRoot.mount(bundle, paths));
        } finally {
            StorageDriver.removeRoot(bundle);
            Trees.delete(bundle);
        }
    }

    @ParameterizedTest
    @CsvSource({"overlay, ext4, true", "btrfs, btrfs, true", "vfs, btrfs, true", "vfs, xfs, true", "vfs, ext4, false"})
    void sameTreesApartFromEachOtherAndGoneAfterwards(String driver, String type, boolean shares) throws IOException {
        try (LoopFileSystem disk = LoopFileSystem.mount(type);
                LayerStore layers = LayerStore.open(disk.root().resolve("store"))) {
            ImageStore images = new ImageStore(layers);
            List<StoredImage> stored = List.of(image.put(images, 2), image.put(images, 3));
            long before = disk.usedBytes();
            List<String> two = prepare(driver, images, stored.getFirst());
            List<String> three = prepare(driver, images, stored.getLast());
            Path bundles = disk.root().resolve("bundles");
            roots(StorageDriver.of(driver), bundles, two, three);
            if (shares) {
                assertThat(disk.usedBytes() - before)
                        .as("blocks of the big file")
                        .isLessThan(BIG_BYTES / 2);
            }
            apart(StorageDriver.of(driver), bundles, three);
            removed(bundles, images, stored);
            if (type.equals("btrfs")) {
                assertThat(LayeredImage.shell(disk.root(), "btrfs subvolume list ."))
                        .isEmpty();
            }
        }
    }

    private static List<String> prepare(String driver, ImageStore images, StoredImage stored) throws IOException {
        var made = DriverChoice.choose(driver, images);
        assertThat(made.name()).isEqualTo(driver);
        List<Path> paths = made.prepare(stored);
        assertThat(made.find(stored)).hasValue(paths);
        return paths.stream().map(Path::toString).toList();
    }

    private static void roots(StorageDriver driver, Path bundles, List<String> two, List<String> three) {
        assertThat(LayeredImage.describe(driver.makeRoot(bundles.resolve("1"), two)))
                .isEqualTo(small);
        assertThat(LayeredImage.describe(driver.makeRoot(bundles.resolve("2"), three)))
                .isEqualTo(whole);
        assertThat(driver.makeRoot(bundles.resolve("2"), three))
                .as("repeated")
                .isDirectoryContaining(path -> path.endsWith("etc"));
    }

    private static void apart(StorageDriver driver, Path bundles, List<String> three) {
        Path written = driver.makeRoot(bundles.resolve("3"), three);
        LayeredImage.shell(
                written,
                "echo more >>a/b/f; rm -r opaque bin/ping; chmod 0 etc; mkdir new; printf X | dd of=big conv=notrunc");
        assertThat(LayeredImage.describe(written)).isNotEqualTo(whole);
        assertThat(LayeredImage.describe(bundles.resolve("2/rootfs"))).isEqualTo(whole);
        assertThat(LayeredImage.describe(driver.makeRoot(bundles.resolve("4"), three)))
                .isEqualTo(whole);
    }

    private static void removed(Path bundles, ImageStore images, List<StoredImage> stored) throws IOException {
        for (String name : List.of("1", "2", "3", "4", "none")) {
            StorageDriver.removeRoot(bundles.resolve(name));
            assertThat(bundles.resolve(name).resolve("rootfs/etc")).doesNotExist();
            Trees.delete(bundles.resolve(name));
        }
        assertThat(bundles).isEmptyDirectory();
        StoreCheck.Report report = StoreCheck.run(images, true, true);
        assertThat(report.isClean()).as(report.toString()).isTrue();
        Path chains = images.layers().directory().resolve("chains");
        for (StoredImage image : stored) {
            images.discard(images.remove(image.id()).orElseThrow().leftOver());
        }
        assertThat(chains).isEmptyDirectory();
        assertThat(images.layers().all()).isEmpty();
    }

    @Test
    void theFileSystemChoosesAndWhatCannotWorkIsRefused() throws IOException {
        try (LoopFileSystem disk = LoopFileSystem.mount("ext4")) {
            try (LayerStore layers = LayerStore.open(disk.root().resolve("store"))) {
                ImageStore images = new ImageStore(layers);
                assertThat(DriverChoice.choose("auto", images).name()).isEqualTo("overlay");
                assertThatThrownBy(() -> DriverChoice.choose("btrfs", images))
                        .isInstanceOf(IOException.class)
                        .hasMessageContainingAll("waybill.image.driver: btrfs does not work", "store");
                assertThatThrownBy(() -> DriverChoice.choose("zfs", images))
                        .hasMessage("waybill.image.driver: \"zfs\" is none of auto, overlay, btrfs and vfs");
            }
            onAnOverlay(disk.root());
        }
    }

    /** An overlay can't have its upper directory on another one. */
    private static void onAnOverlay(Path disk) throws IOException {
        Path below = Files.createDirectory(disk.resolve("below"));
        Path root = OverlayRoot.mount(disk.resolve("outer"), List.of(below.toString()));
        try (LayerStore layers = LayerStore.open(root.resolve("store"))) {
            ImageStore images = new ImageStore(layers);
            assertThat(DriverChoice.choose("auto", images).name()).isEqualTo("vfs");
            assertThatThrownBy(() -> DriverChoice.choose("overlay", images))
                    .hasMessageContaining("waybill.image.driver: overlay does not work");
        } finally {
            Linux.unmount(root);
        }
    }
}
