package dev.waybill.image.unpack;

import dev.waybill.image.kernel.Linux;
import dev.waybill.image.kernel.OpenFiles;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.DigestMismatchException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;

/** Puts the archive of an unpacked layer together again, byte for byte. Stateless. */
public final class LayerArchive {

    private static final int BUFFER_BYTES = 128 << 10;

    private LayerArchive() {}

    /** How long the archive of the layer in a directory is. */
    public static long length(Path directory) throws IOException {
        long length = 0;
        try (TarSplit.Parts parts = new TarSplit.Parts(directory.resolve(LayerUnpacker.SPLIT))) {
            for (TarSplit.Part part = parts.next(); part != null; part = parts.next()) {
                length += switch (part) {
                    case TarSplit.Part.Raw raw -> raw.bytes().remaining();
                    case TarSplit.Part.Content content -> content.length();
                };
            }
        }
        return length;
    }

    /** Writes the archive; what it wrote is good only when it returns, since damage shows at the end. */
    public static void write(Path directory, Digest diffId, OutputStream out) throws IOException {
        MessageDigest digest = Digest.sha256();
        DigestOutputStream digested = new DigestOutputStream(out, digest);
        int root = Linux.open(directory.resolve("fs").toString(), Linux.O_RDONLY | Linux.O_DIRECTORY);
        try (TarSplit.Parts parts = new TarSplit.Parts(directory.resolve(LayerUnpacker.SPLIT));
                Directories directories = new Directories(root, _ -> {})) {
            for (TarSplit.Part part = parts.next(); part != null; part = parts.next()) {
                switch (part) {
                    case TarSplit.Part.Raw raw ->
                        digested.write(raw.bytes().array(), 0, raw.bytes().remaining());
                    case TarSplit.Part.Content content -> copy(directories, content, digested);
                }
            }
        } finally {
            OpenFiles.close(root);
        }
        Digest actual = Digest.finished(digest);
        if (!actual.equals(diffId)) {
            throw new DigestMismatchException(
                    "layer " + diffId + " can't be exported: a file of it changed, or was replaced within the layer",
                    diffId,
                    actual);
        }
    }

    private static void copy(Directories directories, TarSplit.Part.Content content, OutputStream out)
            throws IOException {
        EntryPath path = EntryPath.parse(content.path());
        int parent = directories.openExisting(path.parent(), content.path());
        int fd = Linux.openat(parent, path.name(), Linux.O_RDONLY | Linux.O_NOFOLLOW, 0);
        try (FileInputStream in = new FileInputStream("/proc/self/fd/" + fd)) {
            byte[] buffer = new byte[(int) Math.min(BUFFER_BYTES, content.length())];
            long left = content.length();
            while (left > 0) {
                int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
                if (count < 0) {
                    throw new IOException("file \"" + content.path() + "\" of a layer is shorter than it was");
                }
                out.write(buffer, 0, count);
                left -= count;
            }
        } finally {
            OpenFiles.close(fd);
        }
    }
}
