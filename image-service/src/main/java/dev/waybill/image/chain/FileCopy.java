package dev.waybill.image.chain;

import dev.waybill.image.kernel.KernelException;
import dev.waybill.image.kernel.Linux;
import dev.waybill.image.kernel.OpenFiles;
import dev.waybill.image.kernel.Removal;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;

/** Copies one file with all of its attributes; content by shared blocks where the file system can. Stateless. */
final class FileCopy {

    /** Attributes of the overlay, which mean nothing in a tree. */
    private static final String OVERLAY = "trusted.overlay.";

    /** Zeros of a whole block become a hole. */
    private static final int BLOCK_BYTES = 64 << 10;

    private FileCopy() {}

    /** Makes what is no directory, without its attributes. */
    static void make(int from, int to, String name, Linux.Status status) throws IOException {
        switch (status.mode() & Linux.S_IFMT) {
            case Linux.S_IFREG -> regular(from, to, name, status.sizeBytes());
            case Linux.S_IFLNK -> Linux.symlinkat(Linux.readlinkat(from, name), to, name);
            default -> Linux.mknodat(to, name, status.mode() & Linux.S_IFMT, status.major(), status.minor());
        }
    }

    private static void regular(int from, int to, String name, long sizeBytes) throws IOException {
        int source = Linux.openat(from, name, Linux.O_RDONLY | Linux.O_NOFOLLOW, 0);
        try {
            int target = Linux.openat(to, name, Linux.O_WRONLY | Linux.O_CREAT | Linux.O_EXCL, 0600);
            try {
                if (!OpenFiles.clone(target, source, name)) {
                    content(source, target, name, sizeBytes);
                }
            } finally {
                OpenFiles.close(target);
            }
        } finally {
            OpenFiles.close(source);
        }
    }

    private static void content(int source, int target, String name, long sizeBytes) throws IOException {
        byte[] zeros = new byte[BLOCK_BYTES];
        byte[] buffer = new byte[BLOCK_BYTES];
        try (java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined();
                InputStream in = new FileInputStream(
                        Path.of("/proc/self/fd", Integer.toString(source)).toFile())) {
            MemorySegment block = arena.allocate(BLOCK_BYTES);
            long at = 0;
            for (int count = in.readNBytes(buffer, 0, BLOCK_BYTES);
                    count > 0;
                    count = in.readNBytes(buffer, 0, BLOCK_BYTES)) {
                if (!Arrays.equals(buffer, 0, count, zeros, 0, count)) {
                    MemorySegment.copy(buffer, 0, block, java.lang.foreign.ValueLayout.JAVA_BYTE, 0, count);
                    OpenFiles.write(target, block, count, at, name);
                }
                at += count;
            }
            if (at != sizeBytes) {
                throw new IOException(name + " has " + at + " bytes instead of " + sizeBytes);
            }
            OpenFiles.truncate(target, at, name);
        }
    }

    /** Owner, mode, attributes and time, in the order in which none undoes another. */
    static void attributes(int from, int to, String name, Linux.Status status) throws KernelException {
        Linux.lchownat(to, name, status.uid(), status.gid());
        if ((status.mode() & Linux.S_IFMT) != Linux.S_IFLNK) {
            Linux.chmodat(to, name, status.mode() & 07777);
        }
        SortedMap<String, byte[]> wanted = Linux.xattrs(from, name);
        wanted.keySet().removeIf(key -> key.startsWith(OVERLAY));
        for (String old : Linux.xattrs(to, name).keySet()) {
            if (!wanted.containsKey(old)) {
                Removal.xattr(to, name, old);
            }
        }
        for (Map.Entry<String, byte[]> attribute : wanted.entrySet()) {
            Linux.lsetxattr(to, name, attribute.getKey(), attribute.getValue());
        }
        Linux.utimesat(to, name, status.mtimeSeconds(), status.mtimeNanos());
    }
}
