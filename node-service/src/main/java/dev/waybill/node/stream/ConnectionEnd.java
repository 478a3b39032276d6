package dev.waybill.node.stream;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Serves a connection on a thread of its own and tells when it has ended. Thread-safe. */
public final class ConnectionEnd {
    /** As long as a client may take to read what is on the way to it. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Serving serving;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    /** Reads a connection to its end. */
    public interface Serving {
        void serve() throws IOException;
    }

    public ConnectionEnd(Serving serving) {
        this.serving = serving;
    }

    public void start(String name) {
        Thread.ofVirtual().name(name).start(() -> {
            try {
                serving.serve();
            } catch (IOException | RuntimeException e) {
                // However it ended, it has.
            } finally {
                ended.complete(null);
            }
        });
    }

    /** Called once at the end, at once when it is past. */
    public void onEnd(Runnable listener) {
        ended.thenRun(listener);
    }

    /** Waits until the client has closed its end, but not for long: who closes first may cut off what it sent. */
    public void awaitClient() {
        try {
            ended.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            // It is cut off.
        }
    }
}
