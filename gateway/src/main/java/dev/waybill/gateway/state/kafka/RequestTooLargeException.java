package dev.waybill.gateway.state.kafka;

/** A request does not fit a record of the log. */
public final class RequestTooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RequestTooLargeException(Throwable cause) {
        super("the request does not fit a record of the log", cause);
    }
}
