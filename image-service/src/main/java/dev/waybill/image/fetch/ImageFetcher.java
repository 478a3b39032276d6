package dev.waybill.image.fetch;

import dev.waybill.image.policy.Trust;
import dev.waybill.image.reference.ImageReference;
import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.ImageConfig;
import dev.waybill.image.registry.ImageManifest;
import dev.waybill.image.registry.ManifestReader;
import dev.waybill.image.registry.Platform;
import dev.waybill.image.registry.Registry;
import dev.waybill.image.registry.UnsupportedImageException;
import dev.waybill.image.store.ImageStore;
import dev.waybill.image.store.LayerStore;
import dev.waybill.image.store.StoreFullException;
import dev.waybill.image.store.StoredImage;
import dev.waybill.image.store.StoredLayer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Brings images into the store: resolve the reference, then its layers several at once. Thread-safe; calls block. Each
 * image waits for a few layers at a time, so that a slow registry holds up nobody else's image.
 */
public final class ImageFetcher {

    /** An index may point to an index; more levels than this are a loop. */
    private static final int MAX_INDEX_DEPTH = 3;

    private final LayerFetcher layers;
    private final ImageStore images;
    private final Platform platform;
    private final Trust trust;
    private final Clock clock;
    private final int parallelLayers;

    public ImageFetcher(
            LayerFetcher layers, ImageStore images, Platform platform, Trust trust, Clock clock, int parallelLayers) {
        this.layers = layers;
        this.images = images;
        this.platform = platform;
        this.trust = trust;
        this.clock = clock;
        this.parallelLayers = parallelLayers;
    }

    /** Whether the reference still names this image at the registry. */
    public boolean isCurrent(Registry registry, ImageReference reference, StoredImage image) throws IOException {
        String known = image.references().get(reference.toString());
        Optional<Digest> head = registry.head(reference);
        Digest now = head.isPresent()
                ? head.get()
                : registry.manifest(reference, reference.target()).digest();
        return (reference.name() + "@" + now).equals(known);
    }

    /** Refuses an image that may not be used, though it may be on disk. */
    public void admit(ImageReference reference) throws IOException {
        trust.admit(reference);
    }

    /** Fetches what is missing of the image and records it under the reference. */
    public StoredImage fetch(Registry registry, ImageReference reference, FetchListener listener) throws IOException {
        trust.admit(reference);
        Registry.RawManifest top = registry.manifest(reference, reference.target());
        Resolved resolved = resolve(registry, reference, top);
        ImageManifest manifest = resolved.manifest;
        trust.check(registry, reference, List.of(top.digest(), resolved.digest));
        byte[] configBytes = registry.smallBlob(reference, manifest.config());
        ImageConfig config = ImageConfig.read(configBytes, manifest.layers().size(), platform);
        try (LayerStore.Lease _ = images.layers().lease(config.diffIds())) {
            fetchLayers(registry, reference, manifest.layers(), config.diffIds(), listener);
            return record(reference, top, manifest, config);
        } catch (IOException e) {
            throw StoreFullException.explained(images.layers().directory(), e);
        }
    }

    private StoredImage record(
            ImageReference reference, Registry.RawManifest top, ImageManifest manifest, ImageConfig config)
            throws IOException {
        return images.put(
                reference.toString(),
                reference.name() + "@" + top.digest(),
                manifest.config().digest(),
                config.diffIds(),
                config.json(),
                clock.millis());
    }

    private record Resolved(ImageManifest manifest, Digest digest) {}

    private Resolved resolve(Registry registry, ImageReference reference, Registry.RawManifest top) throws IOException {
        Registry.RawManifest current = top;
        for (int depth = 0; depth <= MAX_INDEX_DEPTH; depth++) {
            switch (ManifestReader.read(current.body(), current.contentType(), platform)) {
                case ManifestReader.Manifest.Image image -> {
                    return new Resolved(image.manifest(), current.digest());
                }
                case ManifestReader.Manifest.Index index ->
                    current =
                            registry.manifest(reference, index.chosen().digest().toString());
            }
        }
        throw new UnsupportedImageException(
                "manifest of " + reference + ": indexes nested deeper than " + MAX_INDEX_DEPTH);
    }

    private void fetchLayers(
            Registry registry,
            ImageReference reference,
            List<Descriptor> blobs,
            List<Digest> diffIds,
            FetchListener listener)
            throws IOException {
        if (blobs.isEmpty()) {
            return;
        }
        int threads = Math.min(parallelLayers, blobs.size());
        try (ExecutorService pool = Executors.newFixedThreadPool(
                threads, Thread.ofVirtual().name("wait-for-layer-", 0).factory())) {
            CompletionService<StoredLayer> running = new ExecutorCompletionService<>(pool);
            for (int i = 0; i < blobs.size(); i++) {
                Descriptor blob = blobs.get(i);
                Digest diffId = diffIds.get(i);
                running.submit(() -> layers.fetch(new LayerRequest(registry, reference, blob, diffId), listener));
            }
            try {
                for (int i = 0; i < blobs.size(); i++) {
                    running.take().get();
                }
            } finally {
                // after the first failure this image waits for no other layer; somebody else may
                pool.shutdownNow();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted =
                    new InterruptedIOException("pull of " + reference + " was interrupted");
            interrupted.initCause(e);
            throw interrupted;
        }
    }
}
