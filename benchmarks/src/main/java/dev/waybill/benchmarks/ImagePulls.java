package dev.waybill.benchmarks;

import dev.waybill.image.credentials.Keyring;
import dev.waybill.image.fetch.FetchListener;
import dev.waybill.image.fetch.ImageFetcher;
import dev.waybill.image.fetch.LayerFetcher;
import dev.waybill.image.fetch.ingest.IngestDirectory;
import dev.waybill.image.fetch.ingest.IngestSettings;
import dev.waybill.image.hosts.Proxies;
import dev.waybill.image.hosts.RegistryHosts;
import dev.waybill.image.policy.Trust;
import dev.waybill.image.reference.ImageReference;
import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.Platform;
import dev.waybill.image.registry.Registry;
import dev.waybill.image.registry.http.Backoff;
import dev.waybill.image.registry.http.DownloadLimits;
import dev.waybill.image.registry.http.HttpRegistries;
import dev.waybill.image.registry.http.Timeouts;
import dev.waybill.image.store.ImageStore;
import dev.waybill.image.store.LayerStore;
import dev.waybill.image.unpack.LayerUnpacker;
import dev.waybill.image.unpack.UnpackLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;

/**
 * {@code benchmarks/image-pull}: pulls images one after the other, each round into a store of its own, and prints a line
 * {@code round name milliseconds mebibytes-above-idle} for each. One thread.
 */
public final class ImagePulls {

    private ImagePulls() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        int rounds = Integer.parseInt(arguments[1]);
        Duration patience = Duration.ofSeconds(30);
        try (HttpRegistries registries = new HttpRegistries(
                new RegistryHosts(Map.of(), Map.of(), Proxies.of(Map.of())),
                Keyring.EMPTY,
                new Timeouts(patience, patience, patience),
                new Backoff(4, Duration.ofMillis(250)),
                new DownloadLimits(8, 6, 0))) {
            Registry registry = registries.with(Keyring.EMPTY);
            for (int round = 1; round <= rounds; round++) {
                try (LayerStore layers = LayerStore.open(directory.resolve("store" + round));
                        LayerFetcher fetching = layerFetcher(directory.resolve("store" + round + "/ingest"), layers)) {
                    ImageFetcher fetcher = new ImageFetcher(
                            fetching,
                            new ImageStore(layers),
                            Platform.ofJavaArch(System.getProperty("os.arch")),
                            Trust.ANYTHING,
                            Clock.systemUTC(),
                            3);
                    for (int i = 2; i < arguments.length; i++) {
                        pull(registry, fetcher, round, arguments[i]);
                    }
                    layers.sync();
                }
            }
        }
    }

    private static LayerFetcher layerFetcher(Path ingest, LayerStore layers) throws IOException {
        IngestDirectory blobs = new IngestDirectory(
                ingest, new IngestSettings(64 << 20, 8 << 20, 3, Duration.ofHours(1), 8L << 30), Clock.systemUTC());
        return new LayerFetcher(blobs, new LayerUnpacker(new UnpackLimits(2_000_000, 64L << 30)), layers);
    }

    private static void pull(Registry registry, ImageFetcher fetcher, int round, String reference) throws Exception {
        System.gc();
        long idle = memory("VmRSS");
        Files.writeString(Path.of("/proc/self/clear_refs"), "5"); // proc(5): resets the peak
        long start = System.nanoTime();
        fetcher.fetch(registry, ImageReference.parse(reference), Silent.INSTANCE);
        long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
        System.out.printf("%d %s %d %d%n", round, reference, millis, memory("VmHWM") - idle);
    }

    private static long memory(String field) throws Exception {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith(field)) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
            }
        }
        throw new IllegalStateException("/proc/self/status has no " + field);
    }

    private enum Silent implements FetchListener {
        INSTANCE;

        @Override
        public void progressed(Descriptor layer, long doneBytes) {}

        @Override
        public void downloaded(Descriptor layer, Duration took) {}

        @Override
        public void unpacked(Descriptor layer, Digest diffId, long contentBytes, long entries, Duration took) {}
    }
}
