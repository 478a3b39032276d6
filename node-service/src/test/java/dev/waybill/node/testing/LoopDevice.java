package dev.waybill.node.testing;

import dev.waybill.node.oci.Command;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A block device over a temporary file; closed, both are gone and its scheduler is as it was. */
public final class LoopDevice implements AutoCloseable {
    private final Path file;
    private final String path;
    private final String schedulerBefore;

    private LoopDevice(Path file, String path) throws IOException {
        this.file = file;
        this.path = path;
        this.schedulerBefore = Files.readString(scheduler()).replaceAll("(?s).*\\[(.+)].*", "$1");
    }

    public static LoopDevice attach(long bytes) throws IOException {
        Path file = Files.createTempFile("waybill-it-", ".disk");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(bytes);
        }
        String path = Command.run(List.of("losetup", "--find", "--show", file.toString()))
                .strip();
        return new LoopDevice(file, path);
    }

    public String path() {
        return path;
    }

    /** {@code major:minor}. */
    public String number() {
        try {
            return Files.readString(block().resolve("dev")).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path block() {
        return Path.of("/sys/block").resolve(Path.of(path).getFileName());
    }

    private Path scheduler() {
        return block().resolve("queue/scheduler");
    }

    /** Chooses an I/O scheduler; false when the kernel has none of that name. */
    public boolean schedule(String name) throws IOException {
        if (!Files.readString(scheduler()).contains(name)) {
            return false;
        }
        Files.writeString(scheduler(), name);
        return true;
    }

    /** Sets a parameter of its I/O scheduler. */
    public void tune(String parameter, String value) throws IOException {
        Files.writeString(block().resolve("queue/iosched").resolve(parameter), value);
    }

    @Override
    public void close() {
        try {
            schedule(schedulerBefore);
            Command.run(List.of("losetup", "--detach", path));
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
