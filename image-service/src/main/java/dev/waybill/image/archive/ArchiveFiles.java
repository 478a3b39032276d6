package dev.waybill.image.archive;

import dev.waybill.image.registry.UnsupportedImageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;

/** The files of an image archive by name, whether they lie in a directory or in a tar file. One thread. */
sealed interface ArchiveFiles extends AutoCloseable {

    /** Manifests, indexes and configurations are small; larger ones are an attack. */
    int MAX_SMALL_BYTES = 4 << 20;

    /** Opens a directory, or a tar file; a compressed one must have been unpacked before. */
    static ArchiveFiles open(Path path) throws IOException {
        return Files.isDirectory(path) ? new InDirectory(path.toRealPath()) : new InTar(path);
    }

    boolean has(String name);

    InputStream stream(String name) throws IOException;

    long size(String name) throws IOException;

    @Override
    void close() throws IOException;

    default byte[] small(String name) throws IOException {
        if (!has(name)) {
            throw new UnsupportedImageException("the archive has no file \"" + name + "\"");
        }
        try (InputStream in = stream(name)) {
            byte[] bytes = in.readNBytes(MAX_SMALL_BYTES + 1);
            if (bytes.length > MAX_SMALL_BYTES) {
                throw new UnsupportedImageException(name + ": longer than " + MAX_SMALL_BYTES + " bytes");
            }
            return bytes;
        }
    }

    /** An OCI layout as it lies on disk. */
    record InDirectory(Path root) implements ArchiveFiles {
        private Path path(String name) throws UnsupportedImageException {
            Path path = root.resolve(name).normalize();
            if (!path.startsWith(root)) {
                throw new UnsupportedImageException("file \"" + name + "\" leads out of the archive");
            }
            return path;
        }

        @Override
        public boolean has(String name) {
            try {
                return Files.isRegularFile(path(name));
            } catch (UnsupportedImageException e) {
                return false;
            }
        }

        @Override
        public InputStream stream(String name) throws IOException {
            return Files.newInputStream(path(name));
        }

        @Override
        public long size(String name) throws IOException {
            return Files.size(path(name));
        }

        @Override
        public void close() {}
    }

    /** A tar file; nothing of it is written to the disk. Old docker archives name one layer twice by symbolic links. */
    final class InTar implements ArchiveFiles {
        private static final int MAX_FILES = 100_000;

        private final FileChannel channel;
        private final Map<String, TarArchiveEntry> entries = new HashMap<>();

        InTar(Path file) throws IOException {
            channel = FileChannel.open(file, StandardOpenOption.READ);
            // closed with the channel, which is opened anew for it
            try (TarFile tar = new TarFile(FileChannel.open(file, StandardOpenOption.READ))) {
                if (tar.getEntries().size() > MAX_FILES) {
                    throw new UnsupportedImageException(file + ": more than " + MAX_FILES + " files");
                }
                tar.getEntries().forEach(entry -> entries.put(plain(entry.getName()), entry));
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e instanceof UnsupportedImageException refusal
                        ? refusal
                        : new UnsupportedImageException(
                                file + ": neither a directory nor a tar file: " + e.getMessage());
            }
        }

        private static String plain(String name) {
            return Path.of("/", name).normalize().toString().substring(1);
        }

        private TarArchiveEntry entry(String name) throws UnsupportedImageException {
            String at = plain(name);
            for (int hop = 0; hop < 5; hop++) {
                TarArchiveEntry entry = entries.get(at);
                if (entry == null) {
                    break;
                }
                if (!entry.isSymbolicLink() && !entry.isLink()) {
                    return entry;
                }
                at = entry.isLink()
                        ? plain(entry.getLinkName())
                        : plain(Path.of("/", at)
                                .resolveSibling(entry.getLinkName())
                                .toString());
            }
            throw new UnsupportedImageException("the archive has no file \"" + name + "\"");
        }

        @Override
        public boolean has(String name) {
            try {
                entry(name);
                return true;
            } catch (UnsupportedImageException e) {
                return false;
            }
        }

        @Override
        public InputStream stream(String name) throws IOException {
            TarArchiveEntry entry = entry(name);
            channel.position(entry.getDataOffset());
            return new Bounded(Channels.newInputStream(channel), entry.getSize());
        }

        @Override
        public long size(String name) throws IOException {
            return entry(name).getSize();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /** So many bytes of a stream that stays open. */
    final class Bounded extends InputStream {
        private final InputStream in;
        private long left;

        Bounded(InputStream in, long length) {
            this.in = in;
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int count = in.read(bytes, offset, (int) Math.min(length, left));
            left -= Math.max(0, count);
            return count;
        }
    }
}
