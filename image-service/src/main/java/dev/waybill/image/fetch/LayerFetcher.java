package dev.waybill.image.fetch;

import dev.waybill.image.reference.ImageReference;
import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.Registry;
import dev.waybill.image.store.LayerStore;
import dev.waybill.image.store.StoredLayer;
import dev.waybill.image.unpack.LayerUnpacker;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;

/** Brings layers into the store, each one once however many images wait for it. Thread-safe; calls block. */
public final class LayerFetcher {

    private final Registry registry;
    private final LayerUnpacker unpacker;
    private final LayerStore store;
    private final Retries retries;
    private final Map<Digest, CompletableFuture<StoredLayer>> inFlight = new ConcurrentHashMap<>();

    /** Runs an attempt again when a stream breaks off. */
    @FunctionalInterface
    public interface Retries {
        /** Runs until it succeeds, fails for good or the attempts are used up. */
        StoredLayer run(String what, LayerAttempt attempt) throws IOException;
    }

    /** One attempt at a layer. */
    @FunctionalInterface
    public interface LayerAttempt {
        /** Tries once. */
        StoredLayer run() throws IOException;
    }

    public LayerFetcher(Registry registry, LayerUnpacker unpacker, LayerStore store, Retries retries) {
        this.registry = registry;
        this.unpacker = unpacker;
        this.store = store;
        this.retries = retries;
    }

    /** The layer, fetched by this call or by another one that was first. */
    StoredLayer fetch(ImageReference image, Descriptor blob, Digest diffId, FetchListener listener)
            throws IOException, InterruptedException {
        while (true) {
            Optional<StoredLayer> present = store.find(diffId);
            if (present.isPresent()) {
                return present.get();
            }
            CompletableFuture<StoredLayer> mine = new CompletableFuture<>();
            CompletableFuture<StoredLayer> other = inFlight.putIfAbsent(diffId, mine);
            if (other == null) {
                return own(image, blob, diffId, listener, mine);
            }
            try {
                return other.get();
            } catch (ExecutionException | CancellationException e) {
                // another image's registry or manifest may have been the reason: try with this image's
                inFlight.remove(diffId, other);
            }
        }
    }

    private StoredLayer own(
            ImageReference image,
            Descriptor blob,
            Digest diffId,
            FetchListener listener,
            CompletableFuture<StoredLayer> mine)
            throws IOException {
        try {
            StoredLayer layer = retries.run("layer " + blob.digest(), () -> download(image, blob, diffId, listener));
            mine.complete(layer);
            return layer;
        } catch (IOException | RuntimeException e) {
            mine.completeExceptionally(e);
            throw e;
        } finally {
            inFlight.remove(diffId, mine);
            mine.cancel(false); // after an Error; else it is done already
        }
    }

    private StoredLayer download(ImageReference image, Descriptor blob, Digest diffId, FetchListener listener)
            throws IOException {
        long start = System.nanoTime();
        Path directory = store.newTemporary();
        boolean committed = false;
        try (InputStream body = registry.blob(image, blob)) {
            LayerUnpacker.Result result =
                    unpacker.unpack(body, blob, diffId, directory, doneBytes -> listener.progressed(blob, doneBytes));
            listener.downloaded(blob, since(start));
            StoredLayer layer = store.commit(directory, diffId, result.contentBytes(), result.entries());
            committed = true;
            listener.unpacked(blob, diffId, result.contentBytes(), result.entries(), since(start));
            return layer;
        } finally {
            if (!committed) {
                store.discard(directory);
            }
        }
    }

    private static Duration since(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos);
    }
}
