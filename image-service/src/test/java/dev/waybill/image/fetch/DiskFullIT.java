package dev.waybill.image.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.image.pull.PullFailure;
import dev.waybill.image.store.StoreCheck;
import dev.waybill.image.store.StoredImage;
import dev.waybill.image.testing.Pulls;
import dev.waybill.image.testing.Tar;
import dev.waybill.image.testing.TestRegistry;
import dev.waybill.image.testing.TestRegistry.Layer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pulls into a store whose disk is too small: a reason that says so, nothing left over, and success with more room. */
@Timeout(600)
class DiskFullIT {

    private static final int FILES = 400;

    @TempDir
    Path directory;

    private TestRegistry server;
    private Pulls pulls;

    @AfterEach
    void stop() throws Exception {
        if (pulls != null) {
            pulls.close();
            unmount();
        }
        if (server != null) {
            server.close();
        }
    }

    /** Out of bytes or of inodes, with a blob that streams or one that comes in ranges through a file. */
    @ParameterizedTest
    @CsvSource({
        "'size=8m', false",
        "'size=8m', true",
        "'size=20m', true",
        "'size=64m,nr_inodes=300', false",
        "'size=64m,nr_inodes=300', true"
    })
    void aPullThatFillsTheDiskLeavesIt(String room, boolean ranges) throws Exception {
        open(room, ranges);
        server.push("small", "v1", List.of(Layer.gzip(new Tar().file("here", "1"))));
        StoredImage small = pulls.pull(server.host() + "/small:v1");
        pulls.layers.sync();
        server.push("big", "v1", List.of(Layer.gzip(new Tar().file("fits", "1")), big()));
        long before = used();

        for (int i = 0; i < 2; i++) {
            PullFailure failure = PullFailure.of(catchThrowable(() -> pulls.pull(server.host() + "/big:v1")));
            assertThat(failure.reason()).isEqualTo(PullFailure.ERR_IMAGE_PULL);
            assertThat(failure.message()).contains("No space left on device").contains(store().toString());
            assertThat(failure.retryable()).isTrue();
        }

        assertThat(pulls.unfinished()).isEmpty();
        // the last connection of several takes its parts along when it ends
        await(() -> pulls.in("ingest").isEmpty(), "no part is left");
        await(() -> openFilesThatAreGone().isEmpty(), "open files, which keep their disk, are closed");
        assertThat(pulls.images.all()).containsExactly(small);
        assertThat(pulls.images.isWhole(small)).isTrue();
        StoreCheck.run(pulls.images, true, true);
        assertThat(used()).as("bytes in use").isLessThanOrEqualTo(before);
        assertThat(StoreCheck.run(pulls.images, true, false).isClean()).isTrue();

        mount("mount", "-o", "remount,size=128m,nr_inodes=10k", store().toString());
        StoredImage whole = pulls.pull(server.host() + "/big:v1");
        assertThat(pulls.layer(whole, 1).resolve("dir/" + (FILES - 1))).isRegularFile();
        assertThat(StoreCheck.run(pulls.images, true, false).isClean()).isTrue();
    }

    /** A store that can't take another byte answers from what it has. */
    @Test
    void aFullDiskServesWhatIsThere() throws Exception {
        open("size=8m", false);
        server.push("small", "v1", List.of(Layer.gzip(new Tar().file("here", "1"))));
        server.push("other", "v1", List.of(Layer.gzip(new Tar().file("there", "1"))));
        StoredImage small = pulls.pull(server.host() + "/small:v1");
        Path filler = store().resolve("filler");
        assertThat(catchThrowable(() -> Files.write(filler, new byte[16 << 20])))
                .isInstanceOf(IOException.class);
        assertThat(pulls.images.find(server.host() + "/small:v1")).contains(small);
        PullFailure failure = PullFailure.of(catchThrowable(() -> pulls.pull(server.host() + "/other:v1")));
        assertThat(failure.message()).contains("No space left on device");
        Files.delete(filler);
        assertThat(pulls.pull(server.host() + "/other:v1").layers()).hasSize(1);
        assertThat(pulls.images.all()).hasSize(2);
    }

    private void open(String room, boolean ranges) throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "mounts need root");
        assumeTrue(TestRegistry.available(), "docker-registry is not installed");
        server = TestRegistry.start(directory);
        Files.createDirectory(store());
        mount("mount", "-t", "tmpfs", "-o", room, "none", store().toString());
        Pulls.Settings settings = Pulls.Settings.DEFAULT;
        pulls = new Pulls(store(), ranges ? settings.ranges(1 << 20, 1 << 20) : settings);
    }

    private Path store() {
        return directory.resolve("store");
    }

    /** 12 MB in many files that don't compress. */
    private static Layer big() {
        Random random = new Random(5);
        Tar tar = new Tar();
        for (int i = 0; i < FILES; i++) {
            byte[] content = new byte[30 << 10];
            random.nextBytes(content);
            tar.file("dir/" + i, content);
        }
        return Layer.gzip(tar);
    }

    private long used() throws Exception {
        var disk = Files.getFileStore(store());
        return disk.getTotalSpace() - disk.getUnallocatedSpace();
    }

    private List<String> openFilesThatAreGone() throws Exception {
        List<String> gone = new ArrayList<>();
        try (var files = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path file : files) {
                try {
                    String target = Files.readSymbolicLink(file).toString();
                    if (target.startsWith(store().toString()) && target.endsWith(" (deleted)")) {
                        gone.add(target);
                    }
                } catch (NoSuchFileException e) {
                    // closed meanwhile
                }
            }
        }
        return gone;
    }

    private static void mount(String... command) throws Exception {
        assertThat(run(command)).as(String.join(" ", command)).isZero();
    }

    /** The store's own sync may still have it open. */
    private void unmount() throws Exception {
        await(() -> run("umount", store().toString()) == 0, "the store is unmounted");
    }

    private static void await(Callable<Boolean> condition, String what) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
        while (!condition.call()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private static int run(String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }
}
