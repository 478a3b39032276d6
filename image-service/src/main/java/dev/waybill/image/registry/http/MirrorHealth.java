package dev.waybill.image.registry.http;

import dev.waybill.image.hosts.Endpoint;
import dev.waybill.image.registry.RegistryException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Leaves mirrors out for a while that could not be reached, so that not every request waits for them. Thread-safe. */
final class MirrorHealth {

    private static final long LEFT_OUT_NANOS = Duration.ofSeconds(30).toNanos();

    private final Map<Endpoint, Long> failedAt = new ConcurrentHashMap<>();

    /** The addresses to try, the registry itself always among them. */
    List<Endpoint> usable(List<Endpoint> endpoints) {
        long now = System.nanoTime();
        return endpoints.stream()
                .filter(endpoint -> {
                    Long failed = endpoint.mirror() ? failedAt.get(endpoint) : null;
                    return failed == null || now - failed > LEFT_OUT_NANOS;
                })
                .toList();
    }

    /** That a mirror lacks an image says nothing of its health. */
    void failed(Endpoint endpoint, IOException failure) {
        boolean answered = failure instanceof RegistryException refused && !refused.isTransient();
        if (!answered) {
            failedAt.put(endpoint, System.nanoTime());
        }
    }

    /** Whether another address might do better. */
    static boolean concerns(IOException failure) {
        return failure instanceof SocketTimeoutException
                || !(failure instanceof InterruptedIOException || failure instanceof FileSystemException);
    }
}
