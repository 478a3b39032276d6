package dev.waybill.image.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.image.collection.CollectionPolicy;
import dev.waybill.image.collection.DiskUse;
import dev.waybill.image.collection.ImageCollector;
import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.testing.Tar;
import dev.waybill.image.testing.Tools;
import dev.waybill.image.unpack.LayerUnpacker;
import dev.waybill.image.unpack.UnpackLimits;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store from pull to collection: damage, power cuts, kills, and pods that start while images go. */
@Timeout(600)
class StoreLifeIT {

    @TempDir
    Path directory;

    private LayerStore layers;
    private ImageStore images;

    @BeforeEach
    void start() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "ownership and devices need root");
        layers = LayerStore.open(directory.resolve("store"));
        images = new ImageStore(layers);
    }

    @AfterEach
    void stop() throws IOException {
        if (layers != null) {
            layers.close();
        }
    }

    @Test
    void everyKindOfDamageIsFoundAndDropped() throws Exception {
        byte[] tar = new Tar()
                .mode(0755)
                .directory("d")
                .mode(0644)
                .pax("SCHILY.xattr.user.note", new byte[] {1})
                .file("d/f", "content")
                .symlink("l", "d/f")
                .hardlink("h", "d/f")
                .file("d/.wh.gone", "")
                .device("n", '3', 1, 3)
                .file("replaced", "first")
                .file("replaced", "second")
                .bytes();
        List<String> damages = List.of(
                "rm fs/d/f",
                "printf CONTENT >fs/d/f; touch -d @1000000 fs/d/f",
                "touch fs/d/f",
                "chmod 600 fs/d/f",
                "chown 7 fs/n",
                "setfattr -n user.note -v x fs/d/f",
                "ln -sfn other fs/l",
                "touch fs/new",
                "rm fs/d/gone",
                "rm entries",
                "truncate -s 40 entries",
                "rm -r fs",
                "printf x >layer.json");
        for (String damage : damages) {
            Digest layer = put("app:1", tar).layers().getFirst();
            assertThat(StoreCheck.run(images, true, true).isClean())
                    .as("before " + damage)
                    .isTrue();
            if (damage.contains("setfattr")) {
                Tools.need("setfattr");
            }
            Tools.shell(layers.homeOf(layer), damage);
            StoreCheck.Report dry = StoreCheck.run(images, true, false);
            assertThat(dry.damagedLayers()).as(damage).hasSize(1);
            assertThat(dry.incompleteImages()).as(damage).hasSize(1);
            StoreCheck.run(images, true, true);
            assertThat(layers.homeOf(layer)).as(damage).doesNotExist();
            assertThat(images.find("app:1")).as(damage).isEmpty();
        }
    }

    @Test
    void damageInUseIsReportedAndStays() throws Exception {
        StoredImage image = put("app:1", new Tar().file("f", "x").bytes());
        pin("pod-1", image);
        Files.writeString(images.layerPaths(image).getFirst().resolve("f"), "y");
        StoreCheck.Report report = StoreCheck.run(images, true, true);
        assertThat(report.inUse()).containsExactlyElementsOf(image.layers());
        assertThat(images.layerPaths(image).getFirst()).exists();
    }

    @Test
    void aLayerThatAPowerCutCaughtUnsyncedDoesNotCount() throws Exception {
        StoredImage image = put("app:1", new Tar().file("f", "x").bytes());
        layers.sync();
        Path home = layers.homeOf(image.layers().getFirst());
        assertThat(home.resolve("synced")).exists();
        String about = Files.readString(home.resolve("layer.json"));
        Files.writeString(
                home.resolve("layer.json"), about.replaceAll("\"bootId\":\"[^\"]*\"", "\"bootId\":\"other\""));
        assertThat(images.find("app:1")).as("synced in an earlier boot").isPresent();
        Files.delete(home.resolve("synced"));
        assertThat(images.find("app:1"))
                .as("not synced when the machine went down")
                .isEmpty();
        put("app:1", new Tar().file("f", "x").bytes());
        assertThat(images.find("app:1")).as("pulled again").isPresent();
    }

    @Test
    void aClosedStoreIsSyncedAndWrittenNoMore() throws Exception {
        StoredImage image = put("app:1", new Tar().file("f", "x").bytes());
        Path synced = layers.homeOf(image.layers().getFirst()).resolve("synced");
        layers.close();
        layers = null;
        assertThat(synced).exists();
    }

    @Test
    void sharedLayersGoWithTheirLastImage() throws Exception {
        byte[] base = new Tar().file("base", new byte[100_000]).bytes();
        StoredImage one = put("one:1", base, new Tar().file("a", "1").bytes());
        StoredImage two = put("two:1", base, new Tar().file("b", "22").bytes());
        assertThat(layers.all()).hasSize(3);
        ImageStore.Removed first = images.remove(one.id()).orElseThrow();
        assertThat(first.freedBytes()).isEqualTo(1);
        assertThat(images.find("two:1")).isPresent();
        ImageStore.Removed second = images.remove("two:1").orElseThrow();
        assertThat(second.freedBytes()).isEqualTo(100_002);
        assertThat(second.image().id()).isEqualTo(two.id());
        assertThat(layers.all()).isEmpty();
    }

    @Test
    void anImageInUseOrALeasedLayerIsNotRemoved() throws Exception {
        StoredImage image = put("app:1", new Tar().file("f", "x").bytes());
        pin("pod-1", image);
        assertThatThrownBy(() -> images.remove(image.id()))
                .isInstanceOf(ImageInUseException.class)
                .hasMessageContaining("pod-1");
        Files.delete(directory.resolve("store/pins/pod-1").resolve(image.id().hex()));
        try (LayerStore.Lease _ = layers.lease(image.layers())) {
            images.remove(image.id());
            assertThat(layers.find(image.layers().getFirst()))
                    .as("a pull counts on it")
                    .isPresent();
        }
        assertThat(StoreCheck.run(images, false, true).unusedLayers()).hasSize(1);
        assertThat(layers.all()).isEmpty();
    }

    /** Pods pin as node-service does, while everything unused is collected without end. */
    @Test
    void aStartNeverLosesItsImageToACollection() throws Exception {
        CollectionPolicy always = new CollectionPolicy(0, 0, Duration.ZERO, Duration.ZERO);
        ImageCollector collector =
                new ImageCollector(images, always, Clock.systemUTC(), () -> new DiskUse(1000, 0), _ -> {});
        AtomicBoolean over = new AtomicBoolean();
        byte[] tar = new Tar().file("f", "x").bytes();
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            Future<Integer> collecting = threads.submit(() -> {
                int removed = 0;
                while (!over.get()) {
                    removed += collector.collect().size();
                }
                return removed;
            });
            List<Future<Integer>> pods = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                String pod = "pod-" + i;
                pods.add(threads.submit(() -> startPods(pod, tar)));
            }
            int started = 0;
            try {
                for (Future<Integer> pod : pods) {
                    started += pod.get();
                }
            } finally {
                over.set(true);
            }
            assertThat(collecting.get()).isPositive();
            assertThat(started).isPositive();
        }
    }

    private int startPods(String pod, byte[] tar) throws Exception {
        int started = 0;
        for (int i = 0; i < 60; i++) {
            StoredImage image;
            try {
                image = put("app:" + pod.hashCode() % 2, tar);
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("not in the store");
                continue;
            }
            if (pin(pod, image)) {
                Path file = images.layerPaths(image).getFirst().resolve("f");
                for (int n = 0; n < 20; n++) {
                    assertThat(file).as("a pinned image").hasContent("x");
                }
                started++;
            }
            Files.delete(directory
                    .resolve("store/pins")
                    .resolve(pod)
                    .resolve(image.id().hex()));
        }
        return started;
    }

    /** A process that pulls is killed at any moment, again and again: what the store then has is whole. */
    @Test
    void aKilledProcessLeavesNoWrongLayer() throws Exception {
        Random random = new Random(11);
        for (int round = 0; round < 6; round++) {
            Process pulling = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin/java").toString(),
                            "--enable-native-access=ALL-UNNAMED",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            PullForever.class.getName(),
                            directory.resolve("store").toString())
                    .redirectErrorStream(true)
                    .start();
            try {
                // it says so once it begins
                assertThat(pulling.getInputStream().read()).isPositive();
                Thread.sleep(random.nextInt(400));
            } finally {
                pulling.destroyForcibly().waitFor();
            }
            StoreCheck.Report report = StoreCheck.run(images, true, true);
            assertThat(report.damagedLayers()).isEmpty();
            assertThat(report.incompleteImages()).isEmpty();
            assertThat(report.damagedRecords()).isEmpty();
            try (var sessions = Files.list(directory.resolve("store/tmp"))) {
                assertThat(sessions.filter(Files::isDirectory))
                        .as("only ours is left")
                        .hasSize(1);
            }
        }
    }

    /** Pulls images of its own making until it is killed. */
    static final class PullForever {
        private PullForever() {}

        public static void main(String[] arguments) throws IOException {
            LayerStore layers = LayerStore.share(Path.of(arguments[0]));
            ImageStore images = new ImageStore(layers);
            System.out.println("pulling");
            Random random = new Random();
            while (true) {
                byte[] content = new byte[random.nextInt(200_000)];
                random.nextBytes(content);
                Tar tar = new Tar().directory("d");
                for (int i = 0; i < 50; i++) {
                    tar.file("d/" + i, content.length > 100 ? "x".repeat(i) : "");
                }
                put(images, "killed:1", tar.file("d/random", content).bytes());
            }
        }
    }

    private boolean pin(String pod, StoredImage image) throws IOException {
        try (StoreLock _ = layers.lock()) {
            Path pins = Files.createDirectories(directory.resolve("store/pins").resolve(pod));
            Files.write(pins.resolve(image.id().hex()), new byte[0]);
            return images.layerPaths(image).stream().allMatch(Files::isDirectory);
        }
    }

    private StoredImage put(String reference, byte[]... tars) throws IOException {
        return put(images, reference, tars);
    }

    private static StoredImage put(ImageStore images, String reference, byte[]... tars) throws IOException {
        LayerStore layers = images.layers();
        List<Digest> diffIds = new ArrayList<>();
        for (byte[] tar : tars) {
            diffIds.add(Digest.of(tar));
        }
        String config = diffIds.toString();
        try (LayerStore.Lease _ = layers.lease(diffIds)) {
            for (byte[] tar : tars) {
                if (layers.find(Digest.of(tar)).isEmpty()) {
                    unpack(layers, tar);
                }
            }
            Digest id = Digest.of(config.getBytes(StandardCharsets.UTF_8));
            return images.put(reference, "", id, diffIds, config, System.currentTimeMillis());
        }
    }

    private static void unpack(LayerStore layers, byte[] tar) throws IOException {
        Path target = layers.newTemporary();
        Digest diffId = Digest.of(tar);
        LayerUnpacker.Result result = new LayerUnpacker(new UnpackLimits(1000, 10 << 20))
                .unpack(new ByteArrayInputStream(tar), new Descriptor("", diffId, tar.length), diffId, target, _ -> {});
        layers.commit(target, diffId, result.contentBytes(), result.entries());
    }
}
