package dev.waybill.image.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.image.reference.ImageReference;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.DigestMismatchException;
import dev.waybill.image.registry.RegistryException;
import dev.waybill.image.registry.RegistryUnavailableException;
import dev.waybill.image.store.LayerStore;
import dev.waybill.image.store.StoredImage;
import dev.waybill.image.testing.Pulls;
import dev.waybill.image.testing.Tar;
import dev.waybill.image.testing.TestRegistry;
import dev.waybill.image.testing.TestRegistry.Layer;
import dev.waybill.image.testing.Xattrs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pulls from a real registry into a real store, as root. */
@Timeout(600)
class ImageFetchIT {

    private static final byte[] CAPABILITY = {1, 0, 0, 2, (byte) 0x80, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

    @TempDir
    Path directory;

    private TestRegistry server;
    private Pulls pulls;

    @BeforeEach
    void start() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "ownership and devices need root");
        assumeTrue(TestRegistry.available(), "docker-registry is not installed");
        server = TestRegistry.start(directory);
        open();
    }

    private void open() throws IOException {
        pulls = new Pulls(directory.resolve("store"), Pulls.Settings.DEFAULT);
    }

    private void reopen() throws IOException {
        pulls.close();
        open();
    }

    @AfterEach
    void stop() throws IOException {
        if (server != null) {
            pulls.close();
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

        StoredImage image = pulls.pull(reference("team/app:multi"));

        assertThat(image.references()).containsValue(server.host() + "/team/app@" + index);
        assertThat(image.config()).contains("/bin/app");
        assertThat(Digest.of(image.config().getBytes(StandardCharsets.UTF_8))).isEqualTo(image.id());
        assertThat(pulls.reports).contains("downloaded", "unpacked").hasSize(4);
        List<Path> paths = pulls.images.layerPaths(image);
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
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<StoredImage>> running = new ArrayList<>();
            for (String name : List.of("one:v1", "two:v1", "one:v1", "two:v1")) {
                running.add(threads.submit(() -> pulls.pull(reference(name))));
            }
            for (Future<StoredImage> pull : running) {
                assertThat(pull.get().layers()).hasSize(2);
            }
        }
        assertThat(pulls.reports.stream().filter("unpacked"::equals)).hasSize(3);
        reopen();
        assertThat(pulls.images.find(fullName("one:v1"))).isPresent();
    }

    @Test
    void aTagThatMovesIsNoticed() throws Exception {
        server.push("app", "v1", List.of(Layer.gzip(new Tar().file("a", "1"))));
        String reference = reference("app:v1");
        StoredImage before = pulls.pull(reference);
        assertThat(pulls.isCurrent(reference, before)).isTrue();
        server.push("app", "v1", List.of(Layer.gzip(new Tar().file("a", "2"))));
        assertThat(pulls.isCurrent(reference, before)).isFalse();
        StoredImage after = pulls.pull(reference);
        assertThat(pulls.images.find(fullName("app:v1"))).contains(after);
        reopen();
        assertThat(pulls.images.find(fullName("app:v1"))).contains(after);
    }

    @Test
    void aLostLayerIsFetchedAgain() throws Exception {
        server.push("app", "v1", List.of(Layer.gzip(new Tar().file("a", "1"))));
        StoredImage image = pulls.pull(reference("app:v1"));
        Path fs = pulls.images.layerPaths(image).getFirst();
        Files.delete(fs.resolveSibling("layer.json"));
        Files.delete(fs.resolve("a"));
        Files.delete(fs);
        assertThat(pulls.images.find(fullName("app:v1"))).isEmpty();
        pulls.pull(reference("app:v1"));
        assertThat(fs.resolve("a")).hasContent("1");
    }

    @Test
    void aWrongDiffIdFailsAndLeavesNothing() throws Exception {
        Layer layer = Layer.gzip(new Tar().file("a", "1"));
        server.push("app", "bad", List.of(layer), List.of("sha256:" + "0".repeat(64)));
        assertThatThrownBy(() -> pulls.pull(reference("app:bad")))
                .isInstanceOf(DigestMismatchException.class)
                .hasMessageContaining("wrong diffID")
                .hasMessageContaining(layer.diffId());
        nothingIsLeft();
    }

    @Test
    void whatIsNotThereIsSaidClearly() throws Exception {
        assertThatThrownBy(() -> pulls.pull(reference("app:none")))
                .isInstanceOf(RegistryException.class)
                .hasMessageContaining("404")
                .hasMessageContaining("manifests/none");
        server.close();
        assertThatThrownBy(() -> pulls.pull(reference("app:v1")))
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessageContaining(server.host());
    }

    @Test
    void leftOversOfAKilledProcessAreRemovedAndTheStoreHasOneOwner() throws Exception {
        Path left = Files.createDirectories(directory.resolve("store/tmp/of-a-killed-process"));
        Files.createDirectories(left.resolve("fs/a"));
        Files.createSymbolicLink(left.resolve("fs/a/out"), directory.resolve("registry.yml"));
        assertThatThrownBy(() -> LayerStore.open(directory.resolve("store"))).hasMessageContaining("in use");
        reopen();
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

    private String reference(String name) {
        return server.host() + "/" + name;
    }

    private String fullName(String name) throws Exception {
        return ImageReference.parse(reference(name)).toString();
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
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as(new String(out, StandardCharsets.UTF_8))
                .isZero();
        return out;
    }
}
