package dev.waybill.image.registry;

import java.io.IOException;

/** What the registry holds is something this node refuses; asking again gives the same. */
public class UnsupportedImageException extends IOException {
    private static final long serialVersionUID = 1L;

    public UnsupportedImageException(String message) {
        super(message);
    }
}
