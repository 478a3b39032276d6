package dev.waybill.image.registry.http;

import dev.waybill.image.kernel.KernelException;
import dev.waybill.image.registry.DigestMismatchException;
import dev.waybill.image.registry.RegistryException;
import dev.waybill.image.registry.RegistryUnavailableException;
import dev.waybill.image.registry.UnsupportedImageException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries transient failures again, each time after about twice the wait. Immutable.
 *
 * @param attempts how often in all
 * @param first wait after the first failure
 */
public record Backoff(int attempts, Duration first) {

    private static final Logger log = LoggerFactory.getLogger(Backoff.class);

    /** Something that may fail for a while. */
    @FunctionalInterface
    public interface Attempt<T> {
        /** Tries once. */
        T run() throws IOException;
    }

    /** Runs until it succeeds, fails for good or the attempts are used up. */
    public <T> T retry(String what, Attempt<T> attempt) throws IOException {
        long waitMillis = first.toMillis();
        for (int n = 1; ; n++) {
            try {
                return attempt.run();
            } catch (IOException e) {
                if (!isTransient(e)) {
                    throw e;
                }
                if (n >= attempts) {
                    throw e instanceof RegistryException ? e : HttpRegistry.unavailable(what, e);
                }
                log.debug("attempt {} of {} failed: {}", n, what, e.toString());
                pause(what, waitMillis / 2 + ThreadLocalRandom.current().nextLong(waitMillis + 1));
                waitMillis *= 2;
            }
        }
    }

    private static boolean isTransient(IOException e) {
        return switch (e) {
            case RegistryException refused -> refused.isTransient();
            case UnsupportedImageException _, DigestMismatchException _, RegistryUnavailableException _ -> false;
            case InterruptedIOException _ -> false;
            // of this machine, not of the registry: a full disk, say
            case KernelException _, FileSystemException _ -> false;
            default -> true;
        };
    }

    private static void pause(String what, long millis) throws InterruptedIOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Http.interrupted(what, e);
        }
    }
}
