package dev.waybill.image.store;

import dev.waybill.image.registry.Digest;
import java.io.IOException;
import java.util.Collection;

/** An image can't be removed, since pods use it. */
public final class ImageInUseException extends IOException {
    private static final long serialVersionUID = 1L;

    ImageInUseException(Digest id, Collection<String> users) {
        super("image " + id + " is in use by " + (users.size() == 1 ? "pod " : "pods ") + String.join(", ", users));
    }
}
