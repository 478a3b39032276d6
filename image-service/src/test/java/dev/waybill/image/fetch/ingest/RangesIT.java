package dev.waybill.image.fetch.ingest;

import static dev.waybill.image.testing.FaultyProxy.blob;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.RegistryUnavailableException;
import dev.waybill.image.testing.FaultyProxy;
import dev.waybill.image.testing.FaultyProxy.Fault;
import dev.waybill.image.testing.FaultyProxy.Seen;
import dev.waybill.image.testing.Pulls;
import dev.waybill.image.testing.Tar;
import dev.waybill.image.testing.TestRegistry;
import dev.waybill.image.testing.TestRegistry.Layer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Large blobs in ranges: several connections, cuts, restarts, and registries that know none. */
@Timeout(600)
class RangesIT {

    private static final int SEGMENT = 256 << 10;
    private static final int SIZE = 4 << 20;
    private static final Pulls.Settings SETTINGS = Pulls.Settings.DEFAULT.ranges(SEGMENT * 2, SEGMENT);

    @TempDir
    Path directory;

    private final byte[] content = new byte[SIZE];
    private TestRegistry server;
    private FaultyProxy proxy;
    private Pulls pulls;
    private Layer layer;

    @BeforeEach
    void start() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "ownership and devices need root");
        assumeTrue(TestRegistry.available(), "docker-registry is not installed");
        server = TestRegistry.start(directory);
        proxy = FaultyProxy.before(server.host());
        new Random(7).nextBytes(content);
        layer = Layer.gzip(new Tar().file("a", content));
        server.push("app", "v1", List.of(layer));
        pulls = new Pulls(directory.resolve("store"), SETTINGS);
    }

    @AfterEach
    void stop() throws Exception {
        if (server != null) {
            pulls.close();
            proxy.close();
            server.close();
        }
    }

    @Test
    void rangesComeOverSeveralConnectionsAndLeaveNothing() throws Exception {
        proxy.always(layerBlob(), new Fault.Slow(4 << 20));
        pullIsRight();
        assertThat(proxy.seen(layerBlob()))
                .hasSize((layer.blob().length + SEGMENT - 1) / SEGMENT)
                .allMatch(request -> request.header("Range").startsWith("bytes="));
        assertThat(proxy.mostBodies()).isBetween(2, 3);
        assertThat(pulls.in("ingest")).isEmpty();
    }

    @Test
    void cutsInRangesAreMended() throws Exception {
        proxy.next(4, layerBlob(), new Fault.CutAfter(100_000, true)).next(1, layerBlob(), new Fault.StallAfter(10));
        pullIsRight();
        assertThat(pulls.in("ingest")).isEmpty();
    }

    @Test
    void aRegistryThatKnowsNoRangesIsReadInOneGo() throws Exception {
        proxy.always(layerBlob(), new Fault.NoRanges());
        pullIsRight();
        assertThat(proxy.seen(layerBlob())).hasSize(1);
        assertThat(pulls.in("ingest")).isEmpty();
    }

    @Test
    void whatCameIsNotFetchedAgainAfterARestart() throws Exception {
        half();
        int before = proxy.seen(layerBlob()).size();
        reopen();
        pullIsRight();
        int after = proxy.seen(layerBlob()).size() - before;
        assertThat(after).isPositive().isLessThan(layer.blob().length / SEGMENT - 4);
        assertThat(pulls.in("ingest")).isEmpty();
    }

    @Test
    void aPartThatWasDamagedMeanwhileIsNotTrusted() throws Exception {
        half();
        Path part = directory
                .resolve("store/ingest")
                .resolve(Digest.of(layer.blob()).hex());
        byte[] bytes = Files.readAllBytes(part);
        bytes[SEGMENT / 2] ^= 1;
        Files.write(part, bytes);
        reopen();
        pullIsRight();
        assertThat(pulls.in("ingest")).isEmpty();
    }

    @Test
    void wrongBytesInARangeAreFetchedAgainInWhole() throws Exception {
        proxy.next(
                1,
                layerBlob().and(request -> request.header("Range").startsWith("bytes=" + 2 * SEGMENT)),
                new Fault.Flip(77));
        pullIsRight();
        assertThat(pulls.in("ingest")).isEmpty();
    }

    @Test
    void partsThatNobodyGoesOnWithAreRemoved() throws Exception {
        half();
        assertThat(pulls.in("ingest")).hasSize(2);
        Path part = directory
                .resolve("store/ingest")
                .resolve(Digest.of(layer.blob()).hex());
        Files.setLastModifiedTime(part, FileTime.fromMillis(1));
        Files.setLastModifiedTime(IngestFile.journalOf(part), FileTime.fromMillis(1));
        reopen();
        assertThat(pulls.in("ingest")).isEmpty();
    }

    /** Downloads until the registry goes silent for good at the ninth range. */
    private void half() throws IOException {
        proxy.always(layerBlob().and(request -> start(request) >= 8L * SEGMENT), new Fault.CutAfter(0, true));
        assertThatThrownBy(() -> pulls.pull(proxy.host() + "/app:v1")).isInstanceOf(RegistryUnavailableException.class);
        proxy.heal();
        assertThat(pulls.in("ingest")).isNotEmpty();
        assertThat(pulls.unfinished()).isEmpty();
    }

    private static long start(Seen request) {
        String range = request.header("Range");
        return range.isEmpty() ? 0 : Long.parseLong(range.substring("bytes=".length(), range.indexOf('-')));
    }

    private void reopen() throws IOException {
        pulls.close();
        pulls = new Pulls(directory.resolve("store"), SETTINGS);
    }

    private void pullIsRight() throws IOException {
        Path file = pulls.layer(pulls.pull(proxy.host() + "/app:v1"), 0).resolve("a");
        assertThat(Arrays.equals(Files.readAllBytes(file), content)).isTrue();
    }

    private Predicate<Seen> layerBlob() {
        return blob(Digest.of(layer.blob()).toString());
    }
}
