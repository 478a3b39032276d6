package dev.waybill.image.testing;

import dev.waybill.image.credentials.Keyring;
import dev.waybill.image.fetch.BlobDownloads;
import dev.waybill.image.fetch.FetchListener;
import dev.waybill.image.fetch.ImageFetcher;
import dev.waybill.image.fetch.LayerFetcher;
import dev.waybill.image.fetch.ingest.IngestDirectory;
import dev.waybill.image.fetch.ingest.IngestSettings;
import dev.waybill.image.hosts.RegistryHosts;
import dev.waybill.image.policy.Trust;
import dev.waybill.image.reference.ImageReference;
import dev.waybill.image.reference.InvalidReferenceException;
import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.Platform;
import dev.waybill.image.registry.http.Backoff;
import dev.waybill.image.registry.http.DownloadLimits;
import dev.waybill.image.registry.http.HttpRegistries;
import dev.waybill.image.registry.http.Timeouts;
import dev.waybill.image.store.ImageStore;
import dev.waybill.image.store.LayerStore;
import dev.waybill.image.store.StoredImage;
import dev.waybill.image.unpack.LayerUnpacker;
import dev.waybill.image.unpack.UnpackLimits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Everything between a reference and an image in a store, put together as the service does. */
public final class Pulls implements AutoCloseable {

    public final LayerStore layers;
    public final ImageStore images;
    public final HttpRegistries registries;
    public final List<String> reports = new CopyOnWriteArrayList<>();
    private final Path store;
    private final IngestDirectory ingest;
    private final LayerFetcher layerFetcher;
    private final ImageFetcher fetcher;

    /** What a test may want otherwise. */
    public record Settings(
            RegistryHosts hosts,
            Keyring nodes,
            Trust trust,
            DownloadLimits limits,
            IngestSettings ingest,
            Duration stall,
            Backoff backoff) {

        public static final Settings DEFAULT = new Settings(
                RegistryHosts.DEFAULT,
                Keyring.EMPTY,
                Trust.ANYTHING,
                new DownloadLimits(8, 6, 0),
                new IngestSettings(Long.MAX_VALUE, 1 << 20, 3, Duration.ofHours(1), 1 << 30),
                Duration.ofSeconds(3),
                new Backoff(3, Duration.ofMillis(10)));

        public Settings hosts(RegistryHosts other) {
            return new Settings(other, nodes, trust, limits, ingest, stall, backoff);
        }

        public Settings nodes(Keyring other) {
            return new Settings(hosts, other, trust, limits, ingest, stall, backoff);
        }

        public Settings trust(Trust other) {
            return new Settings(hosts, nodes, other, limits, ingest, stall, backoff);
        }

        public Settings limits(DownloadLimits other) {
            return new Settings(hosts, nodes, trust, other, ingest, stall, backoff);
        }

        /** Blobs from this size on come in ranges of this size. */
        public Settings ranges(long from, int segment) {
            IngestSettings ranges = new IngestSettings(from, segment, 3, Duration.ofHours(1), 1 << 30);
            return new Settings(hosts, nodes, trust, limits, ranges, stall, backoff);
        }
    }

    public Pulls(Path store, Settings settings) throws IOException {
        this.store = store;
        this.layers = LayerStore.open(store);
        this.images = new ImageStore(layers);
        this.registries = new HttpRegistries(
                settings.hosts,
                settings.nodes,
                new Timeouts(Duration.ofSeconds(10), Duration.ofSeconds(10), settings.stall),
                settings.backoff,
                settings.limits);
        this.ingest = new IngestDirectory(store.resolve("ingest"), settings.ingest, Clock.systemUTC());
        BlobDownloads downloads = ingest;
        this.layerFetcher = new LayerFetcher(downloads, new LayerUnpacker(new UnpackLimits(10_000, 1L << 30)), layers);
        this.fetcher = new ImageFetcher(
                layerFetcher, images, Platform.ofJavaArch("amd64"), settings.trust, Clock.systemUTC(), 3);
    }

    public StoredImage pull(String reference) throws IOException {
        return pull(reference, Keyring.EMPTY);
    }

    public StoredImage pull(String reference, Keyring pullSecrets) throws IOException {
        return fetcher.fetch(registries.with(pullSecrets), named(reference), reporting());
    }

    public boolean isCurrent(String reference, StoredImage image) throws IOException {
        return fetcher.isCurrent(registries.with(Keyring.EMPTY), named(reference), image);
    }

    private static ImageReference named(String reference) {
        try {
            return ImageReference.parse(reference);
        } catch (InvalidReferenceException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** A layer's directory. */
    public Path layer(StoredImage image, int index) {
        return images.layerPaths(image).get(index);
    }

    /** Names of what lies in a directory of the store. */
    public List<String> in(String name) throws IOException {
        try (var files = Files.list(store.resolve(name))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** Directories of layers that are being unpacked, or were left. */
    public List<Path> unfinished() throws IOException {
        try (var files = Files.walk(store.resolve("tmp"))) {
            return files.filter(file -> file.endsWith("fs")).toList();
        } catch (UncheckedIOException e) {
            // one of them went away meanwhile
            return unfinished();
        }
    }

    private FetchListener reporting() {
        return new FetchListener() {
            @Override
            public void progressed(Descriptor layer, long doneBytes) {
                if (doneBytes > layer.sizeBytes()) {
                    throw new AssertionError(doneBytes + " bytes of " + layer);
                }
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

    @Override
    public void close() throws IOException {
        layerFetcher.close();
        ingest.close();
        registries.close();
        layers.close();
    }
}
