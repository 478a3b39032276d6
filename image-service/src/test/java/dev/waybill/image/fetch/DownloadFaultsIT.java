package dev.waybill.image.fetch;

import static dev.waybill.image.testing.FaultyProxy.blob;
import static dev.waybill.image.testing.FaultyProxy.blobs;
import static dev.waybill.image.testing.FaultyProxy.manifests;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.DigestMismatchException;
import dev.waybill.image.registry.RegistryException;
import dev.waybill.image.registry.RegistryUnavailableException;
import dev.waybill.image.registry.UnsupportedImageException;
import dev.waybill.image.registry.http.DownloadLimits;
import dev.waybill.image.store.StoredImage;
import dev.waybill.image.testing.FaultyProxy;
import dev.waybill.image.testing.FaultyProxy.Fault;
import dev.waybill.image.testing.FaultyProxy.Seen;
import dev.waybill.image.testing.Pulls;
import dev.waybill.image.testing.Tar;
import dev.waybill.image.testing.TestRegistry;
import dev.waybill.image.testing.TestRegistry.Layer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A registry that fails in every way that it can: never a wrong layer, never a leak, always a reason. */
@Timeout(600)
class DownloadFaultsIT {

    private static final int SIZE = 3 << 20;

    @TempDir
    Path directory;

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
        byte[] content = new byte[SIZE];
        new Random(7).nextBytes(content);
        layer = Layer.plain(new Tar().file("a", content));
        server.push("app", "v1", List.of(layer));
        open(Pulls.Settings.DEFAULT);
    }

    private void open(Pulls.Settings settings) throws IOException {
        if (pulls != null) {
            pulls.close();
        }
        pulls = new Pulls(directory.resolve("store"), settings);
    }

    @AfterEach
    void stop() throws Exception {
        if (server != null) {
            pulls.close();
            await(() -> proxy.openConnections() == 0, "connections are closed");
            proxy.close();
            server.close();
            assertThat(pulls.unfinished()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCutIsMendedFromWhereItStopped(boolean reset) throws Exception {
        proxy.next(2, layerBlob(), new Fault.CutAfter(1_000_000, reset));
        pullIsRight();
        List<Seen> tries = proxy.seen(layerBlob());
        assertThat(tries).hasSize(3);
        assertThat(tries.get(0).header("Range")).isEmpty();
        assertThat(tries.get(1).header("Range")).matches("bytes=[1-9][0-9]*-" + (layer.blob().length - 1));
    }

    @Test
    void aCutAtARegistryWithoutRangesIsMendedToo() throws Exception {
        proxy.next(1, layerBlob(), new Fault.CutAfter(1_000_000, true)).always(layerBlob(), new Fault.NoRanges());
        pullIsRight();
    }

    @Test
    void cutsThatDoNotEndAreARefusalAndLeaveNothing() throws Exception {
        proxy.always(layerBlob(), new Fault.CutAfter(1000, true));
        assertThatThrownBy(this::pull)
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessageContaining(digest());
        nothingIsLeft();
        proxy.heal();
        pullIsRight();
    }

    @Test
    void aBlobThatIsDeletedDuringThePullIsMissedByName() throws Exception {
        proxy.next(1, layerBlob(), new Fault.CutAfter(1_000_000, true))
                .always(layerBlob(), new Fault.Status(404, Map.of()));
        assertThatThrownBy(this::pull)
                .isInstanceOf(RegistryException.class)
                .hasMessageContaining("404")
                .hasMessageContaining(digest());
        nothingIsLeft();
    }

    @Test
    void wrongBytesAreNeverAccepted() throws Exception {
        proxy.next(1, layerBlob(), new Fault.Flip(2_000_000));
        pullIsRight();
        proxy.always(layerBlob(), new Fault.Flip(2_000_000));
        server.push("app", "v2", List.of(Layer.plain(new Tar().file("b", new byte[SIZE]))));
        proxy.always(blobs(), new Fault.Flip(2_000_000));
        assertThatThrownBy(() -> pulls.pull(proxy.host() + "/app:v2"))
                .isInstanceOf(DigestMismatchException.class)
                .hasMessageContaining("wrong digest");
        assertThat(pulls.in("snapshots")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 503})
    void aBusyRegistryIsAskedAgain(int status) throws Exception {
        proxy.next(1, manifests(), new Fault.Status(status, Map.of()))
                .next(2, blobs(), new Fault.Status(status, Map.of()));
        pullIsRight();
    }

    @Test
    void retryAfterIsHonoured() throws Exception {
        proxy.next(1, layerBlob(), new Fault.Status(429, Map.of("Retry-After", "1")));
        long start = System.nanoTime();
        pullIsRight();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(950));
    }

    @Test
    void aRegistryThatWantsToBeLeftAloneForLongIsUnavailableAtOnce() throws Exception {
        proxy.always(layerBlob(), new Fault.Status(429, Map.of("Retry-After", "3600")));
        assertThatThrownBy(this::pull)
                .isInstanceOfSatisfying(
                        RegistryException.class,
                        e -> assertThat(e.isTransient()).isTrue());
        nothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 0, 700_000})
    void silenceIsNotWaitedForForever(long after) throws Exception {
        proxy.next(1, layerBlob(), new Fault.StallAfter(after));
        pullIsRight();
    }

    @Test
    void aTrickleIsSilenceToo() throws Exception {
        proxy.always(layerBlob(), new Fault.Trickle(20));
        assertThatThrownBy(this::pull)
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessageContaining("bytes arrived in");
        nothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(longs = {-1000, 1000})
    void aWrongLengthIsNoticed(long more) throws Exception {
        proxy.always(layerBlob(), new Fault.WrongLength(more));
        assertThatThrownBy(this::pull)
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessageContaining("announces");
        nothingIsLeft();
    }

    @Test
    void redirectsAreFollowedWithoutTheCredentialsAndNotForever() throws Exception {
        try (FaultyProxy storage = FaultyProxy.before(server.host())) {
            proxy.always(
                    layerBlob(),
                    new Fault.Status(
                            307,
                            Map.of("Location", "http://" + storage.host() + "/v2/app/blobs/" + digest() + "?sig=x")));
            pullIsRight();
            assertThat(storage.seen()).hasSize(1);
        }
        proxy.always(blobs(), new Fault.Status(307, Map.of("Location", "/v2/app/blobs/around")));
        server.push("app", "v2", List.of(Layer.plain(new Tar().file("b", "2"))));
        assertThatThrownBy(() -> pulls.pull(proxy.host() + "/app:v2"))
                .isInstanceOf(UnsupportedImageException.class)
                .hasMessageContaining("redirects");
    }

    @Test
    void failuresLeakNothing() throws Exception {
        proxy.always(layerBlob(), new Fault.CutAfter(1000, false));
        for (int i = 0; i < 10; i++) {
            assertThatThrownBy(this::pull).isInstanceOf(IOException.class);
        }
        await(() -> proxy.openConnections() <= 1, "one kept connection at most");
        nothingIsLeft();
    }

    @Test
    void aDownloadGoesOnWhenTheOneWhoStartedItGoesAway() throws Exception {
        server.push("other", "v1", List.of(layer));
        proxy.always(layerBlob(), new Fault.Slow(4 << 20));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<StoredImage> first = threads.submit(() -> pulls.pull(proxy.host() + "/app:v1"));
            await(() -> !proxy.seen(layerBlob()).isEmpty(), "the download has begun");
            Future<StoredImage> second = threads.submit(() -> pulls.pull(proxy.host() + "/other:v1"));
            await(() -> proxy.seen(blobs()).stream().anyMatch(r -> r.path().contains("/other/")), "the second waits");
            TimeUnit.MILLISECONDS.sleep(50);
            first.cancel(true);
            assertThat(pulls.layer(second.get(), 0).resolve("a")).hasSize(SIZE);
        }
        assertThat(proxy.seen(layerBlob())).hasSize(1);
        assertThat(pulls.reports).containsExactly("downloaded", "unpacked");
    }

    @Test
    void aDownloadEndsWhenNobodyWaits() throws Exception {
        proxy.always(layerBlob(), new Fault.StallAfter(100_000));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<StoredImage> pull = threads.submit(this::pull);
            await(() -> !proxy.seen(layerBlob()).isEmpty(), "the download has begun");
            pull.cancel(true);
        }
        await(() -> pulls.unfinished().isEmpty(), "the layer's directory is removed");
        await(() -> proxy.openConnections() <= 1, "its connection is closed");
        assertThat(pulls.in("snapshots")).isEmpty();
    }

    @Test
    void downloadsAreLimitedInAllAndPerRegistryAndInBytes() throws Exception {
        open(Pulls.Settings.DEFAULT.limits(new DownloadLimits(3, 2, 6 << 20)));
        List<Layer> many = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            many.add(Layer.plain(new Tar().file("f" + i, new byte[512 << 10])));
        }
        server.push("many", "v1", many);
        long start = System.nanoTime();
        pulls.pull(proxy.host() + "/many:v1");
        // 3 MiB at 6 MiB/s, a burst of a quarter of a second aside
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(200));
        assertThat(proxy.mostBodies()).isLessThanOrEqualTo(2);
    }

    private StoredImage pull() throws IOException {
        return pulls.pull(proxy.host() + "/app:v1");
    }

    private void pullIsRight() throws IOException {
        StoredImage image = pull();
        assertThat(image.layers()).extracting(Digest::toString).containsExactly(layer.diffId());
        assertThat(pulls.layer(image, 0).resolve("a")).hasSize(SIZE);
    }

    private String digest() {
        return Digest.of(layer.blob()).toString();
    }

    private Predicate<Seen> layerBlob() {
        return blob(digest());
    }

    private void nothingIsLeft() throws IOException {
        assertThat(pulls.unfinished()).isEmpty();
        assertThat(pulls.in("snapshots")).isEmpty();
        assertThat(pulls.in("images")).isEmpty();
        assertThat(pulls.in("ingest")).isEmpty();
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(Condition condition, String what) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }
}
