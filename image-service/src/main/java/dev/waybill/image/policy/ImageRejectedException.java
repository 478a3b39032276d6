package dev.waybill.image.policy;

import java.io.IOException;

/** The policy of this node forbids an image, or none of its signatures is good. */
public final class ImageRejectedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean mayChange;

    public ImageRejectedException(String message, boolean mayChange) {
        super(message);
        this.mayChange = mayChange;
    }

    /** Whether a signature may still come; a rejected repository stays rejected. */
    public boolean mayChange() {
        return mayChange;
    }
}
