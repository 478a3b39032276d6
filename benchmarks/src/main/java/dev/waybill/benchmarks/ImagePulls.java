package dev.waybill.benchmarks;

import dev.waybill.image.fetch.FetchListener;
import dev.waybill.image.fetch.ImageFetcher;
import dev.waybill.image.fetch.LayerFetcher;
import dev.waybill.image.reference.ImageReference;
import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.Platform;
import dev.waybill.image.registry.http.Backoff;
import dev.waybill.image.registry.http.HttpRegistry;
import dev.waybill.image.store.ImageStore;
import dev.waybill.image.store.LayerStore;
import dev.waybill.image.unpack.LayerUnpacker;
import dev.waybill.image.unpack.UnpackLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;

/**
 * {@code benchmarks/image-pull}: pulls images one after the other, each round into a store of its own, and prints a line
 * {@code round name milliseconds mebibytes-above-idle} for each. One thread.
 */
public final class ImagePulls {

    private ImagePulls() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        int rounds = Integer.parseInt(arguments[1]);
        Backoff backoff = new Backoff(4, Duration.ofMillis(250));
        Duration patience = Duration.ofSeconds(30);
        try (HttpRegistry registry = new HttpRegistry(patience, patience, patience, backoff)) {
            for (int round = 1; round <= rounds; round++) {
                try (LayerStore layers = LayerStore.open(directory.resolve("store" + round))) {
                    ImageFetcher fetcher = fetcher(registry, backoff, layers);
                    for (int i = 2; i < arguments.length; i++) {
                        pull(fetcher, round, arguments[i]);
                    }
                    layers.sync();
                }
            }
        }
    }

    private static ImageFetcher fetcher(HttpRegistry registry, Backoff backoff, LayerStore layers) throws Exception {
        LayerUnpacker unpacker = new LayerUnpacker(new UnpackLimits(2_000_000, 64L << 30));
        return new ImageFetcher(
                registry,
                new LayerFetcher(registry, unpacker, layers, (what, attempt) -> backoff.retry(what, attempt::run)),
                new ImageStore(layers),
                Platform.ofJavaArch(System.getProperty("os.arch")),
                Clock.systemUTC(),
                3);
    }

    private static void pull(ImageFetcher fetcher, int round, String reference) throws Exception {
        System.gc();
        long idle = memory("VmRSS");
        Files.writeString(Path.of("/proc/self/clear_refs"), "5"); // proc(5): resets the peak
        long start = System.nanoTime();
        fetcher.fetch(ImageReference.parse(reference), Silent.INSTANCE);
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
