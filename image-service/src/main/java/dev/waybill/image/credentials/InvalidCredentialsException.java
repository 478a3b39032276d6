package dev.waybill.image.credentials;

import java.io.IOException;

/** Credentials can't be read; the message names the place and never quotes what is there. */
public final class InvalidCredentialsException extends IOException {
    private static final long serialVersionUID = 1L;

    public InvalidCredentialsException(String message) {
        super(message);
    }
}
