package dev.waybill.image.unpack;

import dev.waybill.image.kernel.KernelException;
import dev.waybill.image.kernel.Linux;
import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.DigestMismatchException;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.LongConsumer;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * Unpacks layer blobs while they arrive and verifies both digests on the way. Thread-safe; memory per call is a few
 * hundred KiB whatever the layer's size, apart from the names of its directories.
 */
public final class LayerUnpacker {

    private static final int BUFFER_BYTES = 64 << 10;

    private final UnpackLimits limits;

    public LayerUnpacker(UnpackLimits limits) {
        this.limits = limits;
    }

    /**
     * What was unpacked.
     *
     * @param contentBytes bytes of file content
     * @param entries entries in the archive
     */
    public record Result(long contentBytes, long entries) {}

    /** Told about the blob while it is read, on the caller's thread. */
    public interface Progress {
        /** Bytes of the blob that have arrived. */
        void arrived(long doneBytes);
    }

    /**
     * Unpacks into {@code directory/fs}, which must not exist yet, and syncs it. Whatever it throws, the directory holds
     * nothing that may be used.
     */
    public Result unpack(InputStream blob, Descriptor descriptor, Digest diffId, Path directory, Progress progress)
            throws IOException {
        String what = "layer " + descriptor.digest();
        LongConsumer arrived = progress::arrived;
        MeteredInputStream compressed = new MeteredInputStream(blob, descriptor.sizeBytes(), what, arrived);
        try {
            Result result = unpack(compressed, what, diffId, directory);
            compressed.drain();
            verify(compressed, descriptor, what);
            return result;
        } catch (KernelException | FileSystemException e) {
            throw e;
        } catch (IOException e) {
            throw compressed.broken() ? e : explained(compressed, descriptor, what, e);
        }
    }

    /** A blob that isn't what its digest promised looks like a hostile one; that the registry is wrong says more. */
    private static IOException explained(
            MeteredInputStream compressed, Descriptor descriptor, String what, IOException refusal) {
        try {
            compressed.drain();
            verify(compressed, descriptor, what);
        } catch (DigestMismatchException mismatch) {
            if (mismatch != refusal) {
                mismatch.addSuppressed(refusal);
            }
            return mismatch;
        } catch (IOException e) {
            refusal.addSuppressed(e);
        }
        boolean explainsItself = refusal instanceof DigestMismatchException || refusal instanceof HostileLayerException;
        return explainsItself ? refusal : new HostileLayerException(what + ": " + refusal.getMessage(), refusal);
    }

    private Result unpack(MeteredInputStream compressed, String what, Digest diffId, Path directory)
            throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(staysOpen(compressed), BUFFER_BYTES);
        try (MeteredInputStream tar =
                new MeteredInputStream(decompress(buffered), limits.maxBytes(), what + ", uncompressed,", _ -> {})) {
            Result result = write(tar, directory);
            tar.drain();
            Digest actual = tar.digest();
            if (!actual.equals(diffId)) {
                throw new DigestMismatchException(what + ": wrong diffID of the uncompressed layer", diffId, actual);
            }
            return result;
        }
    }

    /** The decompressor must be closed, but the rest of the blob is still to be read then. */
    private static InputStream staysOpen(InputStream blob) {
        return new FilterInputStream(blob) {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return in.read(bytes, offset, length);
            }

            @Override
            public void close() {}
        };
    }

    private static void verify(MeteredInputStream compressed, Descriptor descriptor, String what)
            throws DigestMismatchException {
        if (compressed.count() != descriptor.sizeBytes()) {
            throw new DigestMismatchException(
                    what + ": wrong size in bytes", descriptor.sizeBytes(), compressed.count());
        }
        Digest actual = compressed.digest();
        if (!actual.equals(descriptor.digest())) {
            throw new DigestMismatchException(what + ": wrong digest", descriptor.digest(), actual);
        }
    }

    /** By the first bytes, as other engines do: media types are often wrong about compression. */
    private static InputStream decompress(BufferedInputStream in) throws IOException {
        in.mark(4);
        byte[] magic = in.readNBytes(4);
        in.reset();
        if (magic.length >= 2 && (magic[0] & 0xff) == 0x1f && (magic[1] & 0xff) == 0x8b) {
            return new BufferedInputStream(
                    GzipCompressorInputStream.builder()
                            .setInputStream(in)
                            .setDecompressConcatenated(true)
                            .get(),
                    BUFFER_BYTES);
        }
        return in;
    }

    private Result write(InputStream tar, Path directory) throws IOException {
        Path fs = Files.createDirectory(
                directory.resolve("fs"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        Files.setPosixFilePermissions(fs, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path trash = Files.createDirectory(directory.resolve("trash"));
        int root = Linux.open(fs.toString(), Linux.O_RDONLY | Linux.O_DIRECTORY);
        try {
            int trashFd = Linux.open(trash.toString(), Linux.O_RDONLY | Linux.O_DIRECTORY);
            try {
                Result result = writeEntries(tar, root, trashFd);
                Linux.syncfs(root);
                return result;
            } finally {
                Linux.close(trashFd);
            }
        } finally {
            Linux.close(root);
        }
    }

    private Result writeEntries(InputStream tar, int root, int trash) throws IOException {
        TarReader reader = new TarReader(tar);
        long entries = 0;
        try (LayerWriter writer = new LayerWriter(root, trash)) {
            for (TarEntry entry = reader.next(); entry != null; entry = reader.next()) {
                if (++entries > limits.maxEntries()) {
                    throw new HostileLayerException("layer archive: more than " + limits.maxEntries() + " entries");
                }
                writer.write(entry, reader);
            }
            writer.finish();
            return new Result(writer.contentBytes(), entries);
        }
    }
}
