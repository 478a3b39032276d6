package dev.waybill.node.testing;

import static org.junit.jupiter.api.Assumptions.abort;

import dev.waybill.node.kernel.Linux;
import dev.waybill.node.oci.Command;
import dev.waybill.node.oci.CommandFailedException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A file system of its own in a temporary file, mounted; closed, nothing of it is left. */
public final class LoopFileSystem implements AutoCloseable {
    private static final long BYTES = 512L << 20;

    private final Path file;
    private final Path root;

    private LoopFileSystem(Path file, Path root) {
        this.file = file;
        this.root = root;
    }

    /** Skips the test, and says so, where the tool or the kernel lacks the type. */
    public static LoopFileSystem mount(String type) throws IOException {
        Path file = Files.createTempFile("waybill-it-", ".disk");
        Path root = Files.createTempDirectory("waybill-it-");
        LoopFileSystem made = new LoopFileSystem(file, root);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(BYTES);
        }
        try {
            Command.run(List.of("mkfs." + type, "-q", file.toString()));
            Command.run(List.of("mount", "-t", type, "-o", "loop", file.toString(), root.toString()));
        } catch (CommandFailedException e) {
            made.close();
            abort("no " + type + " on this machine: " + e.getMessage());
        }
        return made;
    }

    public Path root() {
        return root;
    }

    /** Bytes in use once everything is written. */
    public long usedBytes() throws IOException {
        Command.run(List.of("sync", "-f", root.toString()));
        return Files.getFileStore(root).getTotalSpace()
                - Files.getFileStore(root).getUnallocatedSpace();
    }

    @Override
    public void close() {
        try {
            Linux.unmount(root);
            Files.deleteIfExists(root);
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
