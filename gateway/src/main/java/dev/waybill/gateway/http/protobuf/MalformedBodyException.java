package dev.waybill.gateway.http.protobuf;

/** Bytes are not what their media type says. */
public final class MalformedBodyException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedBodyException(String message) {
        super(message);
    }
}
