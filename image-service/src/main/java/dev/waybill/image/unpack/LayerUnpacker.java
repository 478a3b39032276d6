package dev.waybill.image.unpack;

import dev.waybill.image.kernel.KernelException;
import dev.waybill.image.kernel.Linux;
import dev.waybill.image.kernel.OpenFiles;
import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.DigestMismatchException;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.LongConsumer;

/**
 * Unpacks layer blobs while they arrive and verifies both digests on the way. Thread-safe; memory per call is a few
 * hundred KiB whatever the layer's size, apart from the names of its directories.
 */
public final class LayerUnpacker {

    /** The file beside {@code fs} that has a record of each entry. */
    public static final String RECORDS = "entries";

    /** The file beside {@code fs} that has what the archive held besides contents. */
    static final String SPLIT = "archive";

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
     * @param implied directories that the archive left out although entries lie in them
     */
    public record Result(long contentBytes, long entries, long implied) {}

    /** Told about the blob while it is read, on the caller's thread. */
    public interface Progress {
        /** Bytes of the blob that have arrived. */
        void arrived(long doneBytes);
    }

    /**
     * Unpacks into {@code directory/fs}, which must not exist yet. Whatever it throws, the directory holds
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
        ReadAhead ahead = new ReadAhead("inflate", () -> Compression.open(staysOpen(compressed)));
        try (MeteredInputStream tar =
                new MeteredInputStream(ahead, limits.maxBytes(), what + ", uncompressed,", _ -> {})) {
            Result result = write(tar, directory);
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
                return writeEntries(tar, root, trashFd, directory);
            } finally {
                OpenFiles.close(trashFd);
            }
        } finally {
            OpenFiles.close(root);
        }
    }

    private Result writeEntries(InputStream tar, int root, int trash, Path directory) throws IOException {
        Path records = directory.resolve(RECORDS);
        long entries = 0;
        try (TarSplit.Recorder split = new TarSplit.Recorder(tar, directory.resolve(SPLIT));
                DataOutputStream out =
                        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(records), BUFFER_BYTES));
                LayerWriter writer = new LayerWriter(root, trash, out, limits)) {
            TarReader reader = new TarReader(split);
            for (TarEntry entry = reader.next(); entry != null; entry = reader.next()) {
                if (++entries > limits.maxEntries()) {
                    throw new HostileLayerException("layer archive: more than " + limits.maxEntries() + " entries");
                }
                writer.write(entry, reader);
            }
            split.drain();
            out.flush();
            directoryTimes(writer, records);
            return new Result(writer.contentBytes(), entries, writer.implied());
        }
    }

    /** From the records rather than from memory: a hostile layer may have millions of directories. */
    private static void directoryTimes(LayerWriter writer, Path records) throws IOException {
        try (LayerRecords written = LayerRecords.open(records)) {
            for (LayerRecord next = written.next(); next != null; next = written.next()) {
                if (next.type() == 'd') {
                    writer.directoryTimes(next);
                }
            }
        }
    }
}
