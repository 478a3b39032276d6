package dev.waybill.node.kernel;

/** A system call that the kernel refused. */
public final class KernelException extends RuntimeException {
    private final int errno;

    KernelException(String call, int errno, String message) {
        super(call + ": " + message + " (errno " + errno + ")");
        this.errno = errno;
    }

    public int errno() {
        return errno;
    }
}
