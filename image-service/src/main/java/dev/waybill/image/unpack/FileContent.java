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

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment nativeBuffer = arena.allocate(BUFFER_BYTES);
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private long contentBytes;

    long contentBytes() {
        return contentBytes;
    }

    /** Makes the file with its attributes and gives the CRC-32C of its content as stored, without holes. */
    int write(
            int parent,
            String name,
            TarEntry entry,
            TarReader content,
            SortedMap<String, byte[]> xattrs,
            UnpackLimits limits)
            throws IOException {
        int fd = Linux.openat(parent, name, Linux.O_WRONLY | Linux.O_CREAT | Linux.O_EXCL | Linux.O_NOFOLLOW, 0600);
        try {
            CRC32C crc = new CRC32C();
            if (entry.sparse() == null) {
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
        if (sparse.realBytes() < 0 || sparse.realBytes() > limits.maxBytes()) {
            throw new HostileLayerException(
                    entry.name(), "a sparse file of " + sparse.realBytes() + " bytes is over the limit");
        }
        for (TarEntry.Extent extent : sparse.data()) {
            long done = 0;
            while (done < extent.length()) {
                int count = next(content, extent.length() - done, crc);
                OpenFiles.write(fd, nativeBuffer, count, extent.offset() + done, entry.name());
                done += count;
            }
        }
        OpenFiles.truncate(fd, sparse.realBytes(), entry.name());
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
