package dev.waybill.image.kernel;

import java.io.IOException;

/** A system call failed; the message names the call, the path and the reason. */
public final class KernelException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    KernelException(String call, String path, int errno, String reason) {
        super(call + " " + path + ": " + reason);
        this.errno = errno;
    }

    /** errno(3). */
    public int errno() {
        return errno;
    }
}
