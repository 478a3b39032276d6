package dev.waybill.image.reference;

/** A string that is no image reference; the message says which part is wrong and why. */
public final class InvalidReferenceException extends Exception {
    private static final long serialVersionUID = 1L;

    public InvalidReferenceException(String reference, String reason) {
        super("image reference \"" + shown(reference) + "\": " + reason);
    }

    private static String shown(String reference) {
        return reference.length() <= 300 ? reference : reference.substring(0, 300) + "...";
    }
}
