package dev.waybill.image.registry;

import java.io.IOException;
import java.time.Duration;

/** The registry answered, with a refusal. */
public final class RegistryException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final Duration retryAfter;

    public RegistryException(String message, int status) {
        this(message, status, Duration.ZERO);
    }

    /** @param retryAfter how long the registry wants to be left alone */
    public RegistryException(String message, int status, Duration retryAfter) {
        super(message);
        this.status = status;
        this.retryAfter = retryAfter;
    }

    /** How long the registry wants to be left alone; zero when it didn't say. */
    public Duration retryAfter() {
        return retryAfter;
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** Whether the registry is overloaded or broken rather than of another opinion. */
    public boolean isTransient() {
        return status == 408 || status == 429 || status >= 500;
    }
}
