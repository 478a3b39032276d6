package dev.waybill.image.hosts;

/** A configuration of registries can't be used; the message names the file and the field. */
public final class InvalidHostsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InvalidHostsException(String message) {
        super(message);
    }
}
