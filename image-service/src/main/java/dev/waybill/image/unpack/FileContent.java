package dev.waybill.image.unpack;

import dev.waybill.image.kernel.KernelException;
import dev.waybill.image.kernel.Linux;
import dev.waybill.image.kernel.OpenFiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.SortedMap;
import java.util.zip.CRC32C;

/** Makes regular files and fills them, with holes where the archive has them. Not thread-safe. */
final class FileContent implements AutoCloseable {

    private static final int BUFFER_BYTES = 128 << 10;

    private static final byte[] ZEROS = new byte[BUFFER_BYTES];

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment nativeBuffer = arena.allocate(BUFFER_BYTES);
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private long contentBytes;
    private long sparseBytes;

    long contentBytes() {
        return contentBytes;
    }

    /** Makes the file with its attributes and gives the CRC-32C of its content, holes included. */
    int write(
            int parent,
            EntryPath path,
            TarEntry entry,
            TarReader content,
            SortedMap<String, byte[]> xattrs,
            UnpackLimits limits)
            throws IOException {
        String name = path.name();
        int fd = Linux.openat(parent, name, Linux.O_WRONLY | Linux.O_CREAT | Linux.O_EXCL | Linux.O_NOFOLLOW, 0600);
        try {
            CRC32C crc = new CRC32C();
            if (entry.sparse() == null) {
                content.contentGoesTo(path);
                stream(fd, name, content, crc);
            } else {
                sparse(fd, entry, entry.sparse(), content, crc, limits);
            }
            attributes(fd, name, entry, xattrs);
            return (int) crc.getValue();
        } finally {
            OpenFiles.close(fd);
        }
    }

    private void stream(int fd, String name, TarReader content, CRC32C crc) throws IOException {
        for (int count = next(content, Long.MAX_VALUE, crc); count >= 0; count = next(content, Long.MAX_VALUE, crc)) {
            OpenFiles.write(fd, nativeBuffer, count, name);
        }
    }

    private void sparse(
            int fd, TarEntry entry, TarEntry.Sparse sparse, TarReader content, CRC32C crc, UnpackLimits limits)
            throws IOException {
        // holes count like content, as they do where an engine fills them
        if (sparse.realBytes() < 0 || sparse.realBytes() > limits.maxBytes() - sparseBytes) {
            throw new HostileLayerException(
                    entry.name(), "a sparse file of " + sparse.realBytes() + " bytes is over the limit");
        }
        sparseBytes += sparse.realBytes();
        long end = 0;
        for (TarEntry.Extent extent : sparse.data()) {
            zeros(crc, extent.offset() - end);
            end = extent.offset() + extent.length();
            long done = 0;
            while (done < extent.length()) {
                int count = next(content, extent.length() - done, crc);
                OpenFiles.write(fd, nativeBuffer, count, extent.offset() + done, entry.name());
                done += count;
            }
        }
        zeros(crc, sparse.realBytes() - end);
        OpenFiles.truncate(fd, sparse.realBytes(), entry.name());
    }

    private static void zeros(CRC32C crc, long count) {
        for (long left = count; left > 0; left -= ZEROS.length) {
            crc.update(ZEROS, 0, (int) Math.min(left, ZEROS.length));
        }
    }

    private int next(TarReader content, long most, CRC32C crc) throws IOException {
        int count = content.read(buffer, most);
        if (count > 0) {
            crc.update(buffer, 0, count);
            MemorySegment.copy(buffer, 0, nativeBuffer, ValueLayout.JAVA_BYTE, 0, count);
            contentBytes += count;
        }
        return count;
    }

    /** Owner first: a change of owner clears set-id bits and capabilities. */
    private static void attributes(int fd, String name, TarEntry entry, SortedMap<String, byte[]> xattrs)
            throws KernelException {
        OpenFiles.chown(fd, (int) entry.uid(), (int) entry.gid(), name);
        OpenFiles.chmod(fd, entry.mode(), name);
        for (Map.Entry<String, byte[]> attribute : xattrs.entrySet()) {
            OpenFiles.setxattr(fd, attribute.getKey(), attribute.getValue(), name);
        }
        OpenFiles.utimes(fd, entry.mtimeSeconds(), entry.mtimeNanos(), name);
    }

    @Override
    public void close() {
        arena.close();
    }
}
