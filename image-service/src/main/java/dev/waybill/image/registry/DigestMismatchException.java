package dev.waybill.image.registry;

import java.io.IOException;

/** Content arrived that is not what its digest or size promised. */
public final class DigestMismatchException extends IOException {
    private static final long serialVersionUID = 1L;

    public DigestMismatchException(String what, Object expected, Object actual) {
        super(what + ": expected " + expected + ", got " + actual);
    }
}
