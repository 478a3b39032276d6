package dev.waybill.image.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.image.reference.ImageReference;
import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.DigestMismatchException;
import dev.waybill.image.registry.Platform;
import dev.waybill.image.registry.Registry;
import dev.waybill.image.registry.RegistryException;
import dev.waybill.image.registry.RegistryUnavailableException;
import dev.waybill.image.registry.http.Backoff;
import dev.waybill.image.registry.http.HttpRegistry;
import dev.waybill.image.store.ImageStore;
import dev.waybill.image.store.LayerStore;
import dev.waybill.image.store.StoredImage;
import dev.waybill.image.testing.Tar;
import dev.waybill.image.testing.TestRegistry;
import dev.waybill.image.testing.TestRegistry.Layer;
import dev.waybill.image.testing.Xattrs;
import dev.waybill.image.unpack.LayerUnpacker;
import dev.waybill.image.unpack.UnpackLimits;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pulls from a real registry into a real store, as root. */
@Timeout(120)
class ImageFetchIT {

    private static final byte[] CAPABILITY = {1, 0, 0, 2, (byte) 0x80, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    private static final Platform AMD64 = Platform.ofJavaArch("amd64");

    @TempDir
    Path directory;

    private TestRegistry server;
    private HttpRegistry registry;
    private LayerStore layers;
    private ImageStore images;

    @BeforeEach
    void start() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "ownership and devices need root");
        assumeTrue(TestRegistry.available(), "docker-registry is not installed");
        server = TestRegistry.start(directory);
        registry = new HttpRegistry(
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                Duration.ofMillis(500),
                new Backoff(3, Duration.ofMillis(10)));
        layers = LayerStore.open(directory.resolve("store"));
        images = new ImageStore(layers);
    }

    @AfterEach
    void stop() throws IOException {
        if (server != null) {
            layers.close();
            registry.close();
            server.close();
        }
    }

    @Test
    void everyKindOfEntryArrivesAsItWasPushed() throws Throwable {
        Tar base = new Tar()
                .mode(0755)
                .directory("./")
                .directory("bin")
                .mode(04755)
                .owner(12, 34)
                .pax("SCHILY.xattr.security.capability", CAPABILITY)
                .file("bin/app", "#!/bin/sh\n")
                .owner(0, 0)
                .hardlink("bin/app2", "bin/app")
                .mode(0777)
                .symlink("bin/link", "/etc/passwd")
                .mode(0640)
                .pax("SCHILY.xattr.user.note", "hello".getBytes(StandardCharsets.UTF_8))
                .pax("mtime", "1234567890.123456789".getBytes(StandardCharsets.UTF_8))
                .file("noted", "n")
                .device("null", '3', 1, 3)
                .device("disk", '4', 300, 70_000)
                .device("pipe", '6', 0, 0)
                .file("implied/parents/file", "i")
                .mode(01777)
                .mtime(77)
                .directory("tmp")
                .file("tmp/later", "changes the directory's time");
        Tar upper = new Tar()
                .file("bin/.wh.app2", "")
                .mode(0755)
                .directory("etc")
                .file("etc/.wh..wh..opq", "")
                .file("etc/new", "x")
                .file(".wh..wh.plnk", "");
        String manifest = server.push("team/app", "v1", List.of(Layer.gzip(base), Layer.plain(upper)));
        String index = server.pushIndex("team/app", "multi", manifest);

        List<String> reports = new CopyOnWriteArrayList<>();
        StoredImage image = fetcher(registry).fetch(reference("team/app:multi"), reporting(reports));

        assertThat(image.references()).containsValue(server.host() + "/team/app@" + index);
        assertThat(image.config()).contains("/bin/app");
        assertThat(Digest.of(image.config().getBytes(StandardCharsets.UTF_8))).isEqualTo(image.id());
        assertThat(reports).contains("downloaded", "unpacked").hasSize(4);
        List<Path> paths = images.layerPaths(image);
        Path lower = paths.getFirst();
        Path app = lower.resolve("bin/app");
        assertThat(unix(app, "uid")).isEqualTo(12);
        assertThat(unix(app, "gid")).isEqualTo(34);
        assertThat((int) unix(app, "mode") & 07777).isEqualTo(04755);
        assertThat(unix(app, "nlink")).isEqualTo(2);
        assertThat(unix(app, "ino")).isEqualTo(unix(lower.resolve("bin/app2"), "ino"));
        assertThat(Xattrs.get(app, "security.capability")).isEqualTo(CAPABILITY);
        assertThat(Files.readSymbolicLink(lower.resolve("bin/link"))).isEqualTo(Path.of("/etc/passwd"));
        assertThat(userAttribute(lower.resolve("noted"), "note")).isEqualTo("hello");
        assertThat(Files.getLastModifiedTime(lower.resolve("noted")))
                .isEqualTo(FileTime.from(Instant.ofEpochSecond(1_234_567_890L, 123_456_789)));
        assertThat(Files.getLastModifiedTime(lower.resolve("tmp"))).isEqualTo(FileTime.from(Instant.ofEpochSecond(77)));
        assertThat((int) unix(lower.resolve("tmp"), "mode")).isEqualTo(041777);
        assertThat(unix(lower.resolve("null"), "rdev")).isEqualTo(0x103L);
        assertThat(stat("%F %t %T", lower.resolve("disk"))).isEqualTo("block special file 12c 11170");
        assertThat(stat("%F", lower.resolve("pipe"))).isEqualTo("fifo");
        assertThat(lower.resolve("implied/parents/file")).hasContent("i");
        Path top = paths.getLast();
        assertThat(stat("%F %t %T", top.resolve("bin/app2"))).isEqualTo("character special file 0 0");
        assertThat(Xattrs.get(top.resolve("etc"), "trusted.overlay.opaque"))
                .isEqualTo("y".getBytes(StandardCharsets.UTF_8));
        assertThat(top.resolve(".wh..wh.plnk")).doesNotExist();
        assertThat(mounted(paths)).contains("bin/app", "etc/new").doesNotContain("bin/app2");
    }

    @Test
    void aSharedLayerIsUnpackedOnceWhoeverAsks() throws Exception {
        Layer shared = Layer.gzip(new Tar().file("big", new byte[3 << 20]));
        server.push("one", "v1", List.of(shared, Layer.gzip(new Tar().file("a", "1"))));
        server.push("two", "v1", List.of(shared, Layer.gzip(new Tar().file("b", "2"))));
        List<String> reports = new CopyOnWriteArrayList<>();
        ImageFetcher fetcher = fetcher(registry);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<StoredImage>> pulls = new ArrayList<>();
            for (String name : List.of("one:v1", "two:v1", "one:v1", "two:v1")) {
                pulls.add(threads.submit(() -> fetcher.fetch(reference(name), reporting(reports))));
            }
            for (Future<StoredImage> pull : pulls) {
                assertThat(pull.get().layers()).hasSize(2);
            }
        }
        assertThat(reports.stream().filter("unpacked"::equals)).hasSize(3);
        layers.close();
        layers = LayerStore.open(directory.resolve("store"));
        assertThat(new ImageStore(layers).find(reference("one:v1").toString())).isPresent();
    }

    @Test
    void aTagThatMovesIsNoticed() throws Exception {
        server.push("app", "v1", List.of(Layer.gzip(new Tar().file("a", "1"))));
        ImageReference reference = reference("app:v1");
        StoredImage before = fetcher(registry).fetch(reference, reporting(new ArrayList<>()));
        assertThat(fetcher(registry).isCurrent(reference, before)).isTrue();
        server.push("app", "v1", List.of(Layer.gzip(new Tar().file("a", "2"))));
        assertThat(fetcher(registry).isCurrent(reference, before)).isFalse();
        StoredImage after = fetcher(registry).fetch(reference, reporting(new ArrayList<>()));
        assertThat(images.find(reference.toString())).contains(after);
        assertThat(new ImageStore(layers).find(reference.toString())).contains(after);
    }

    @Test
    void aLostLayerIsFetchedAgain() throws Exception {
        server.push("app", "v1", List.of(Layer.gzip(new Tar().file("a", "1"))));
        StoredImage image = fetcher(registry).fetch(reference("app:v1"), reporting(new ArrayList<>()));
        Path fs = images.layerPaths(image).getFirst();
        Files.delete(fs.resolveSibling("layer.json"));
        Files.delete(fs.resolve("a"));
        Files.delete(fs);
        assertThat(images.find(reference("app:v1").toString())).isEmpty();
        fetcher(registry).fetch(reference("app:v1"), reporting(new ArrayList<>()));
        assertThat(fs.resolve("a")).hasContent("1");
    }

    @Test
    void aWrongDiffIdFailsAndLeavesNothing() throws Exception {
        Layer layer = Layer.gzip(new Tar().file("a", "1"));
        server.push("app", "bad", List.of(layer), List.of("sha256:" + "0".repeat(64)));
        assertThatThrownBy(() -> fetcher(registry).fetch(reference("app:bad"), reporting(new ArrayList<>())))
                .isInstanceOf(DigestMismatchException.class)
                .hasMessageContaining("wrong diffID")
                .hasMessageContaining(layer.diffId());
        nothingIsLeft();
    }

    @Test
    void aBlobThatIsNotWhatItsDigestSaysFailsAndLeavesNothing() throws Exception {
        server.push("app", "v1", List.of(Layer.gzip(new Tar().file("a", "1"))));
        Registry lying = faulty(body -> {
            byte[] bytes = body.readAllBytes();
            bytes[bytes.length / 2] ^= 1;
            return new ByteArrayInputStream(bytes);
        });
        assertThatThrownBy(() -> fetcher(lying).fetch(reference("app:v1"), reporting(new ArrayList<>())))
                .isInstanceOf(DigestMismatchException.class)
                .hasMessageContaining("wrong digest");
        nothingIsLeft();
    }

    @Test
    void aStreamThatBreaksOffIsFetchedAgain() throws Exception {
        server.push("app", "v1", List.of(Layer.gzip(new Tar().file("a", "1"))));
        AtomicInteger attempts = new AtomicInteger();
        Registry flaky = faulty(body -> attempts.incrementAndGet() == 3 ? body : cutAfter(body, 40));
        StoredImage image = fetcher(flaky).fetch(reference("app:v1"), reporting(new ArrayList<>()));
        assertThat(images.layerPaths(image).getFirst().resolve("a")).hasContent("1");
        assertThat(attempts).hasValue(3);
    }

    @Test
    void whatIsNotThereIsSaidClearly() throws Exception {
        assertThatThrownBy(() -> fetcher(registry).fetch(reference("app:none"), reporting(new ArrayList<>())))
                .isInstanceOf(RegistryException.class)
                .hasMessageContaining("404")
                .hasMessageContaining("manifests/none");
        server.close();
        assertThatThrownBy(() -> fetcher(registry).fetch(reference("app:v1"), reporting(new ArrayList<>())))
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessageContaining(server.host());
    }

    @Test
    void leftOversOfAKilledProcessAreRemovedAndTheStoreHasOneOwner() throws Exception {
        Path left = Files.createDirectories(directory.resolve("store/tmp/of-a-killed-process"));
        Files.createDirectories(left.resolve("fs/a"));
        Files.createSymbolicLink(left.resolve("fs/a/out"), directory.resolve("registry.yml"));
        assertThatThrownBy(() -> LayerStore.open(directory.resolve("store"))).hasMessageContaining("in use");
        layers.close();
        layers = LayerStore.open(directory.resolve("store"));
        assertThat(left).doesNotExist();
        nothingIsLeft();
        assertThat(directory.resolve("registry.yml")).exists();
    }

    private void nothingIsLeft() throws IOException {
        try (var files = Files.walk(directory.resolve("store/tmp"))) {
            assertThat(files.filter(file -> file.endsWith("fs"))).isEmpty();
        }
        for (String name : List.of("snapshots", "images")) {
            try (var files = Files.list(directory.resolve("store").resolve(name))) {
                assertThat(files).as(name).isEmpty();
            }
        }
    }

    private ImageFetcher fetcher(Registry source) {
        Backoff backoff = new Backoff(3, Duration.ofMillis(10));
        LayerUnpacker unpacker = new LayerUnpacker(new UnpackLimits(1000, 100 << 20));
        return new ImageFetcher(source, layerFetcher(source, unpacker, backoff), images, AMD64, Clock.systemUTC(), 3);
    }

    private LayerFetcher shared;

    private LayerFetcher layerFetcher(Registry source, LayerUnpacker unpacker, Backoff backoff) {
        if (source != registry || shared == null) {
            shared = new LayerFetcher(source, unpacker, layers, (what, attempt) -> backoff.retry(what, attempt::run));
        }
        return shared;
    }

    private ImageReference reference(String name) throws Exception {
        return ImageReference.parse(server.host() + "/" + name);
    }

    private static FetchListener reporting(List<String> reports) {
        return new FetchListener() {
            @Override
            public void progressed(Descriptor layer, long doneBytes) {
                assertThat(doneBytes).isLessThanOrEqualTo(layer.sizeBytes());
            }

            @Override
            public void downloaded(Descriptor layer, Duration took) {
                reports.add("downloaded");
            }

            @Override
            public void unpacked(Descriptor layer, Digest diffId, long contentBytes, long entries, Duration took) {
                reports.add("unpacked");
            }
        };
    }

    private interface Fault {
        InputStream apply(InputStream body) throws IOException;
    }

    private Registry faulty(Fault fault) {
        return new Registry() {
            @Override
            public Optional<Digest> head(ImageReference reference) throws IOException {
                return registry.head(reference);
            }

            @Override
            public RawManifest manifest(ImageReference reference, String tagOrDigest) throws IOException {
                return registry.manifest(reference, tagOrDigest);
            }

            @Override
            public byte[] smallBlob(ImageReference reference, Descriptor blob) throws IOException {
                return registry.smallBlob(reference, blob);
            }

            @Override
            public InputStream blob(ImageReference reference, Descriptor blob) throws IOException {
                return fault.apply(registry.blob(reference, blob));
            }
        };
    }

    private static InputStream cutAfter(InputStream body, int bytes) {
        return new FilterInputStream(body) {
            private int left = bytes;

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                if (left <= 0) {
                    throw new IOException("connection reset");
                }
                int count = in.read(buffer, offset, Math.min(left, length));
                left -= count;
                return count;
            }
        };
    }

    private static long unix(Path path, String attribute) throws IOException {
        return ((Number) Files.getAttribute(path, "unix:" + attribute, LinkOption.NOFOLLOW_LINKS)).longValue();
    }

    private static String userAttribute(Path path, String name) throws IOException {
        UserDefinedFileAttributeView view = Files.getFileAttributeView(path, UserDefinedFileAttributeView.class);
        ByteBuffer value = ByteBuffer.allocate(view.size(name));
        view.read(name, value);
        return new String(value.array(), StandardCharsets.UTF_8);
    }

    private static String stat(String format, Path path) throws Exception {
        return new String(command("stat", "-c", format, path.toString()), StandardCharsets.UTF_8).strip();
    }

    /** What a container would see: the layers mounted over each other. */
    private List<String> mounted(List<Path> paths) throws Exception {
        Path target = Files.createDirectory(directory.resolve("mounted"));
        String lower =
                String.join(":", paths.reversed().stream().map(Path::toString).toList());
        command("mount", "-t", "overlay", "overlay", "-o", "ro,lowerdir=" + lower, target.toString());
        try (var files = Files.walk(target)) {
            return files.map(file -> target.relativize(file).toString()).toList();
        } finally {
            command("umount", target.toString());
        }
    }

    private static byte[] command(String... words) throws Exception {
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        byte[] out = process.getInputStream().readAllBytes();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as(new String(out, StandardCharsets.UTF_8))
                .isZero();
        return out;
    }
}
