package dev.waybill.standalone;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Properties;

/**
 * The one directory of a machine: locked by the process that runs from it, with the files by which the launcher and the
 * other commands find that process. Used by one thread.
 */
public final class DataDirectory implements AutoCloseable {
    private static final String ENDPOINTS = "endpoints.properties";

    private final Path directory;
    private final FileChannel lockFile;

    private DataDirectory(Path directory, FileChannel lockFile) {
        this.directory = directory;
        this.lockFile = lockFile;
    }

    /**
     * Takes the directory for this process.
     *
     * @throws IllegalStateException when another process has it
     */
    public static DataDirectory lock(Path directory) throws IOException {
        FileChannel file =
                FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = file.tryLock();
        if (lock == null) {
            file.close();
            throw new IllegalStateException("another process runs from " + directory);
        }
        Files.deleteIfExists(directory.resolve("ready"));
        Files.writeString(
                directory.resolve("waybill.pid"), ProcessHandle.current().pid() + "\n");
        return new DataDirectory(directory, file);
    }

    /** Where the services of the machine with this data directory listen. */
    public static Properties endpoints(Path directory) throws IOException {
        Properties endpoints = new Properties();
        Path file = directory.resolve(ENDPOINTS);
        if (!Files.exists(file)) {
            throw new IOException(
                    "nothing has run from " + directory + " yet: start it with ./waybill up --data " + directory);
        }
        try (var reader = Files.newBufferedReader(file)) {
            endpoints.load(reader);
        }
        return endpoints;
    }

    void writeEndpoints(Ports ports) throws IOException {
        Files.writeString(
                directory.resolve(ENDPOINTS),
                "bootstrap.servers=127.0.0.1:" + ports.kafka() + "\nregistry.url=http://127.0.0.1:" + ports.registry()
                        + "\ngateway.url=https://127.0.0.1:" + ports.gateway() + "\n");
    }

    void writeKubeconfig(String text) throws IOException {
        Path file = kubeconfig();
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, text);
    }

    Path kubeconfig() {
        return directory.resolve("kubeconfig");
    }

    /** The launcher waits for this file. */
    void markReady() throws IOException {
        Files.writeString(directory.resolve("ready"), "");
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(directory.resolve("ready"));
        Files.deleteIfExists(directory.resolve("waybill.pid"));
        lockFile.close();
    }
}
