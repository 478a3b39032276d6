package dev.waybill.image.archive;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Where the files of an exported image go: a directory or a tar file. One thread. */
sealed interface ArchiveWriter extends AutoCloseable {

    /** Writes the content of a file. */
    interface Content {
        void write(OutputStream out) throws IOException;
    }

    void file(String name, long length, Content content) throws IOException;

    default void file(String name, byte[] bytes) throws IOException {
        file(name, bytes.length, out -> out.write(bytes));
    }

    @Override
    void close() throws IOException;

    /** A directory, which may hold a layout already. */
    record ToDirectory(Path root) implements ArchiveWriter {
        @Override
        public void file(String name, long length, Content content) throws IOException {
            Path file = root.resolve(name);
            Files.createDirectories(java.util.Objects.requireNonNull(file.getParent()));
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
                content.write(out);
            }
        }

        @Override
        public void close() {}
    }

    /** A tar file. */
    final class ToTar implements ArchiveWriter {
        private final TarArchiveOutputStream tar;

        ToTar(OutputStream out) {
            tar = new TarArchiveOutputStream(out);
            tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_STAR);
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        }

        @Override
        public void file(String name, long length, Content content) throws IOException {
            TarArchiveEntry entry = new TarArchiveEntry(name);
            entry.setSize(length);
            // the same image gives the same file
            entry.setModTime(0);
            tar.putArchiveEntry(entry);
            content.write(tar);
            tar.closeArchiveEntry();
        }

        @Override
        public void close() throws IOException {
            tar.close();
        }
    }
}
