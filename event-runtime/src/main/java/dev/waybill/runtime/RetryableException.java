package dev.waybill.runtime;

/** Something that a handler needs is away (a broker, Redis, a registry): the event is handled again after a pause. */
public class RetryableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public RetryableException(String message, Throwable cause) {
        super(message, cause);
    }

    public RetryableException(String message) {
        super(message);
    }
}
