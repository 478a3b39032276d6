package dev.waybill.node.kernel;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Work that moves its thread to other namespaces (unshare(2), setns(2)), on a thread of its own that ends afterwards. A
 * thread begins in the namespaces of the one that starts it, and whoever wakes a virtual thread may have to start a carrier
 * for it, which others would be carried by ever after. So the work starts no thread, and only a platform thread waits for
 * its end.
 */
public final class SeparateThread {
    private SeparateThread() {}

    public interface Work<T> {
        T run() throws IOException;
    }

    /** Returns when it is done; what it throws is thrown. */
    public static <T> T call(String name, Work<T> work) throws IOException {
        return Thread.currentThread().isVirtual()
                ? started(name + "-wait", () -> started(name, work))
                : started(name, work);
    }

    private static <T> T started(String name, Work<T> work) throws IOException {
        CompletableFuture<T> done = new CompletableFuture<>();
        Thread.ofPlatform().name(name).daemon().start(() -> {
            try {
                done.complete(work.run());
            } catch (IOException | RuntimeException | Error e) {
                done.completeExceptionally(e);
            }
        });
        try {
            return done.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case IOException cause -> throw cause;
                case RuntimeException cause -> throw cause;
                case null, default -> throw new IllegalStateException(e.getCause());
            }
        }
    }
}
