package dev.waybill.gateway.conversion;

/** An object cannot be had in a version: its webhook failed, or answered what it may not. The message is for callers. */
public final class ConversionFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ConversionFailedException(String message) {
        super(message, null, false, false);
    }
}
