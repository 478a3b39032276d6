package dev.waybill.gateway.state.kafka;

/** A watch asked for changes since a revision that the bounded history no longer holds. */
public final class RevisionGoneException extends Exception {
    private static final long serialVersionUID = 1L;

    public RevisionGoneException(long asked, long oldest) {
        super("too old resource version: " + asked + " (" + oldest + ")");
    }
}
