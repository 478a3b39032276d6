package dev.waybill.gateway.state.patch;

/** A patch that is malformed, or does not fit the object that it is applied to. */
public final class InvalidPatchException extends Exception {
    private static final long serialVersionUID = 1L;

    InvalidPatchException(String message) {
        super(message);
    }
}
