package dev.waybill.image.policy;

/** A policy file can't be used; the message names the file and the field. */
public final class InvalidPolicyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InvalidPolicyException(String message) {
        super(message);
    }
}
