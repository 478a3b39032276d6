package dev.waybill.image.registry;

import java.io.IOException;

/** The registry could not be reached, or broke off, after several attempts. */
public final class RegistryUnavailableException extends IOException {
    private static final long serialVersionUID = 1L;

    public RegistryUnavailableException(String message, IOException cause) {
        super(message, cause);
    }
}
