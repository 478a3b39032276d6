package dev.waybill.image.registry.http;

import dev.waybill.image.credentials.InvalidCredentialsException;
import dev.waybill.image.kernel.KernelException;
import dev.waybill.image.registry.DigestMismatchException;
import dev.waybill.image.registry.RegistryException;
import dev.waybill.image.registry.RegistryUnavailableException;
import dev.waybill.image.registry.UnsupportedImageException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.file.FileSystemException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries transient failures again, each time after about twice the wait, or after the wait that the registry asks for.
 * Immutable.
 *
 * @param attempts how often in all
 * @param first wait after the first failure
 */
public record Backoff(int attempts, Duration first) {

    private static final Logger log = LoggerFactory.getLogger(Backoff.class);

    /** A registry that wants to be left alone for longer is unavailable. */
    private static final Duration LONGEST = Duration.ofSeconds(60);

    private static final int MAX_DOUBLINGS = 10;

    /** Something that may fail for a while. */
    @FunctionalInterface
    public interface Attempt<T> {
        /** Tries once. */
        T run() throws IOException;
    }

    /** Runs until it succeeds, fails for good or the attempts are used up. */
    public <T> T retry(String what, Attempt<T> attempt) throws IOException {
        for (int failures = 1; ; failures++) {
            try {
                return attempt.run();
            } catch (IOException e) {
                pauseAfter(what, e, failures);
            }
        }
    }

    /** Waits until the next attempt, or throws what a caller should see when there is none. */
    void pauseAfter(String what, IOException failure, int failures) throws IOException {
        if (!isTransient(failure)) {
            // TLS' own words don't say whose certificate it was
            throw failure instanceof SSLException ? unavailable(what, failure) : failure;
        }
        if (failures >= attempts) {
            throw failure instanceof RegistryException ? failure : unavailable(what, failure);
        }
        long millis = first.toMillis() << Math.min(failures - 1, MAX_DOUBLINGS);
        Duration wait =
                Duration.ofMillis(millis / 2 + ThreadLocalRandom.current().nextLong(millis + 1));
        if (failure instanceof RegistryException refused && refused.retryAfter().compareTo(wait) > 0) {
            wait = refused.retryAfter();
            if (wait.compareTo(LONGEST) > 0) {
                throw failure;
            }
        }
        log.debug("attempt {} of {} failed: {}", failures, what, failure.toString());
        pause(what, wait.compareTo(LONGEST) > 0 ? LONGEST : wait);
    }

    static boolean isTransient(IOException e) {
        return switch (e) {
            case RegistryException refused -> refused.isTransient();
            case UnsupportedImageException _,
                    DigestMismatchException _,
                    RegistryUnavailableException _,
                    InvalidCredentialsException _ -> false;
            case SocketTimeoutException _ -> true;
            case InterruptedIOException _ -> false;
            // of this machine, not of the registry: a full disk, say
            case KernelException _, FileSystemException _ -> false;
            case SSLPeerUnverifiedException _ -> false;
            case SSLHandshakeException handshake -> !(handshake.getCause() instanceof CertificateException);
            default -> true;
        };
    }

    /** Wraps a network failure that outlived its retries. */
    static RegistryUnavailableException unavailable(String what, IOException cause) {
        String reason = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return new RegistryUnavailableException(what + ": " + reason, cause);
    }

    private static void pause(String what, Duration wait) throws InterruptedIOException {
        try {
            Thread.sleep(wait);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted: " + what);
            interrupted.initCause(e);
            throw interrupted;
        }
    }
}
