package dev.waybill.image.fetch;

import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.DigestMismatchException;
import dev.waybill.image.registry.Registry;
import dev.waybill.image.registry.RegistryException;
import dev.waybill.image.registry.RegistryUnavailableException;
import dev.waybill.image.store.LayerStore;
import dev.waybill.image.store.StoredLayer;
import dev.waybill.image.unpack.LayerUnpacker;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One layer on its way into the store, and who waits for it; ends when nobody does. Thread-safe. */
final class LayerFlight {

    private static final Logger log = LoggerFactory.getLogger(LayerFlight.class);

    private final LayerRequest request;
    private final BlobDownloads downloads;
    private final LayerUnpacker unpacker;
    private final LayerStore store;
    private final CompletableFuture<StoredLayer> result = new CompletableFuture<>();
    private final List<Waiter> waiters = new ArrayList<>();
    private boolean ended;
    private volatile boolean cancelled;
    private @Nullable BlobDownload download;
    private @Nullable Future<?> running;

    /** Somebody who waits; each is another, even with the same listener. */
    static final class Waiter {
        private final FetchListener listener;

        Waiter(FetchListener listener) {
            this.listener = listener;
        }
    }

    LayerFlight(LayerRequest request, Waiter first, BlobDownloads downloads, LayerUnpacker unpacker, LayerStore store) {
        this.request = request;
        this.downloads = downloads;
        this.unpacker = unpacker;
        this.store = store;
        waiters.add(first);
    }

    LayerRequest request() {
        return request;
    }

    /** Waits with the others; false when it is over. */
    synchronized boolean join(Waiter waiter) {
        return !ended && waiters.add(waiter);
    }

    synchronized void start(ExecutorService threads, Runnable onEnd) {
        try {
            running = threads.submit(() -> run(onEnd));
        } catch (RejectedExecutionException e) {
            onEnd.run();
            end();
            result.completeExceptionally(new IOException("the service is being stopped", e));
        }
    }

    StoredLayer await() throws ExecutionException, InterruptedException {
        return result.get();
    }

    /** The last one to go takes the download with it. */
    void leave(Waiter waiter) {
        boolean last;
        synchronized (this) {
            waiters.remove(waiter);
            last = waiters.isEmpty() && !ended;
            ended |= last;
        }
        if (last) {
            log.info("nobody waits for layer {} any more", request.blob().digest());
            cancel();
        }
    }

    void cancel() {
        cancelled = true;
        synchronized (this) {
            if (download != null) {
                download.abort();
            }
            if (running != null) {
                running.cancel(true);
            }
        }
        result.completeExceptionally(new InterruptedIOException("the pull was given up"));
    }

    private void run(Runnable onEnd) {
        try {
            StoredLayer layer = fetch();
            onEnd.run();
            end();
            result.complete(layer);
        } catch (IOException | RuntimeException | Error e) {
            onEnd.run();
            end();
            result.completeExceptionally(e);
        }
    }

    private synchronized void end() {
        ended = true;
    }

    private StoredLayer fetch() throws IOException {
        Optional<StoredLayer> present = store.find(request.diffId());
        if (present.isPresent()) {
            return present.get();
        }
        try {
            return attempt(request.registry());
        } catch (DigestMismatchException e) {
            if (cancelled) {
                throw e;
            }
            log.warn("{}; once more, from the registry itself", e.getMessage());
            return attempt(request.registry().withoutMirrors());
        }
    }

    private StoredLayer attempt(Registry registry) throws IOException {
        long start = System.nanoTime();
        Path directory = store.newTemporary();
        boolean committed = false;
        try {
            LayerUnpacker.Result unpacked = download(registry, directory);
            tell(listener -> listener.downloaded(request.blob(), since(start)));
            StoredLayer layer = store.commit(directory, request.diffId(), unpacked.contentBytes(), unpacked.entries());
            committed = true;
            Digest diffId = request.diffId();
            tell(listener -> listener.unpacked(
                    request.blob(), diffId, unpacked.contentBytes(), unpacked.entries(), since(start)));
            return layer;
        } finally {
            if (!committed) {
                store.discard(directory);
            }
        }
    }

    private LayerUnpacker.Result download(Registry registry, Path directory) throws IOException {
        try (BlobDownload open = downloads.open(registry, request.image(), request.blob())) {
            begun(open);
            try {
                LayerUnpacker.Result unpacked =
                        unpacker.unpack(open.stream(), request.blob(), request.diffId(), directory, this::progressed);
                open.forget();
                return unpacked;
            } catch (IOException | RuntimeException e) {
                if (!canGoOn(e)) {
                    open.forget();
                }
                throw e;
            }
        } finally {
            begun(null);
        }
    }

    /** Whether what came so far is good as far as anybody knows, and there is room for it. */
    private boolean canGoOn(Exception e) {
        return cancelled
                || e instanceof RegistryException
                || e instanceof RegistryUnavailableException
                || e instanceof InterruptedIOException;
    }

    private void begun(@Nullable BlobDownload open) throws InterruptedIOException {
        synchronized (this) {
            download = open;
        }
        if (cancelled && open != null) {
            throw new InterruptedIOException("the pull was given up");
        }
    }

    private void progressed(long doneBytes) {
        List<Waiter> all;
        synchronized (this) {
            all = List.copyOf(waiters);
        }
        all.forEach(waiter -> waiter.listener.progressed(request.blob(), doneBytes));
    }

    private interface Telling {
        void to(FetchListener listener);
    }

    /** What was done once is reported once, in the name of whoever waits longest. */
    private void tell(Telling telling) {
        Waiter first;
        synchronized (this) {
            first = waiters.isEmpty() ? null : waiters.getFirst();
        }
        if (first != null) {
            telling.to(first.listener);
        }
    }

    private static Duration since(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos);
    }
}
