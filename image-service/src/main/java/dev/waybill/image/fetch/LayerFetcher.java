package dev.waybill.image.fetch;

import dev.waybill.image.registry.Digest;
import dev.waybill.image.store.LayerStore;
import dev.waybill.image.store.StoredLayer;
import dev.waybill.image.unpack.LayerUnpacker;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Brings layers into the store, each one once however many images wait for it; a layer goes on while anybody waits.
 * Thread-safe; calls block. Layers run on platform threads, since their system calls would pin the carriers of virtual
 * ones.
 */
public final class LayerFetcher implements AutoCloseable {

    private static final int CLOSING_SECONDS = 10;

    private final BlobDownloads downloads;
    private final LayerUnpacker unpacker;
    private final LayerStore store;
    private final Map<Digest, LayerFlight> inFlight = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("layer-", 0).factory());

    public LayerFetcher(BlobDownloads downloads, LayerUnpacker unpacker, LayerStore store) {
        this.downloads = downloads;
        this.unpacker = unpacker;
        this.store = store;
    }

    /** The layer, fetched for this call or for another one that was first. */
    StoredLayer fetch(LayerRequest request, FetchListener listener) throws IOException, InterruptedException {
        while (true) {
            Optional<StoredLayer> present = store.find(request.diffId());
            if (present.isPresent()) {
                return present.get();
            }
            LayerFlight.Waiter waiter = new LayerFlight.Waiter(listener);
            LayerFlight flight = join(request, waiter);
            try {
                return flight.await();
            } catch (ExecutionException e) {
                // another image's registry, manifest or credentials may have been the reason: then with this one's
                if (flight.request().isLike(request)) {
                    throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
                }
            } finally {
                flight.leave(waiter);
            }
        }
    }

    private LayerFlight join(LayerRequest request, LayerFlight.Waiter waiter) {
        LayerFlight[] started = new LayerFlight[1];
        LayerFlight flight = inFlight.compute(request.diffId(), (_, running) -> {
            if (running != null && running.join(waiter)) {
                return running;
            }
            started[0] = new LayerFlight(request, waiter, downloads, unpacker, store);
            return started[0];
        });
        if (started[0] != null) {
            started[0].start(threads, () -> inFlight.remove(request.diffId(), flight));
        }
        return flight;
    }

    /** Breaks off what runs; what was downloaded in ranges is gone on with after the next start. */
    @Override
    public void close() {
        threads.shutdownNow();
        inFlight.values().forEach(LayerFlight::cancel);
        try {
            if (!threads.awaitTermination(CLOSING_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("layers are still being unpacked");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
