package dev.waybill.image.store;

import dev.waybill.image.kernel.KernelException;
import dev.waybill.image.kernel.Linux;
import dev.waybill.image.kernel.OpenFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A lock on a file, between threads and between processes alike; a killed process gives it up. Those on the store's
 * {@code lock} are held for the milliseconds that a change of names takes: collection decides and renames under it, a
 * pod's pin is written under it.
 */
final class StoreLock implements AutoCloseable {

    private final int fd;

    private StoreLock(int fd) {
        this.fd = fd;
    }

    /** Waits for the lock. */
    static StoreLock hold(Path file) throws IOException {
        int fd = open(file);
        try {
            OpenFiles.lock(fd, false, file.toString());
            return new StoreLock(fd);
        } catch (KernelException e) {
            OpenFiles.close(fd);
            throw e;
        }
    }

    /** The lock, or null while somebody has it. */
    static @org.jspecify.annotations.Nullable StoreLock tryHold(Path file) throws IOException {
        int fd = open(file);
        boolean held = false;
        try {
            held = OpenFiles.tryLock(fd, file.toString());
            return held ? new StoreLock(fd) : null;
        } finally {
            if (!held) {
                OpenFiles.close(fd);
            }
        }
    }

    private static int open(Path file) throws IOException {
        if (!Files.exists(file)) {
            Files.write(file, new byte[0], java.nio.file.StandardOpenOption.CREATE);
        }
        return Linux.open(file.toString(), Linux.O_RDONLY);
    }

    @Override
    public void close() throws KernelException {
        OpenFiles.close(fd);
    }
}
