package dev.waybill.image.registry;

import java.io.IOException;

/** The registry answered, with a refusal. */
public final class RegistryException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;

    public RegistryException(String message, int status) {
        super(message);
        this.status = status;
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
