package dev.waybill.image.store;

import dev.waybill.image.kernel.KernelException;
import java.io.IOException;
import java.nio.file.Path;

/** The store's disk has no room for more bytes or files; the message says which disk. */
public final class StoreFullException extends IOException {
    private static final long serialVersionUID = 1L;

    private static final int ENOSPC = 28;
    private static final int EDQUOT = 122;

    private StoreFullException(Path store, String reason, IOException cause) {
        super("the disk of the image store " + store + " is full: " + reason, cause);
    }

    /** A failure to write to a store, with the store's name where a full disk is the cause. */
    public static IOException explained(Path store, IOException failure) {
        String reason = String.valueOf(failure.getMessage());
        // Java's own writes tell errno by its text only
        boolean full = failure instanceof KernelException call
                ? call.errno() == ENOSPC || call.errno() == EDQUOT
                : reason.endsWith("No space left on device") || reason.endsWith("Disk quota exceeded");
        return full ? new StoreFullException(store, reason, failure) : failure;
    }
}
