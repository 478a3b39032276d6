package dev.waybill.image.store;

import dev.waybill.image.registry.Digest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Unpacked layers, each once: {@code snapshots/<diffId>/fs}. A layer appears there whole or not at all; what a crash
 * left in {@code tmp} is removed on opening. One process per store, held by a lock. Thread-safe.
 */
public final class LayerStore implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LayerStore.class);
    private static final JsonMapper JSON = new JsonMapper();
    private static final String ABOUT = "layer.json";

    /** Layers hold set-uid programs: nobody but root may walk into them from outside of a container. */
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path directory;
    private final Path snapshots;
    private final Path temporary;
    private final FileChannel lockFile;

    private LayerStore(Path directory, FileChannel lockFile) throws IOException {
        this.directory = directory;
        this.lockFile = lockFile;
        this.snapshots = Files.createDirectories(directory.resolve("snapshots"), PRIVATE);
        this.temporary = Files.createDirectories(directory.resolve("tmp"), PRIVATE);
    }

    /** Opens the store at a directory, which is made if it is missing. */
    public static LayerStore open(Path directory) throws IOException {
        Path absolute = directory.toAbsolutePath().normalize();
        Files.createDirectories(absolute);
        FileChannel lockFile =
                FileChannel.open(absolute.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            lock(lockFile, absolute);
            LayerStore store = new LayerStore(absolute, lockFile);
            store.removeLeftOvers();
            return store;
        } catch (IOException e) {
            lockFile.close();
            throw e;
        }
    }

    private static void lock(FileChannel lockFile, Path directory) throws IOException {
        try {
            FileLock lock = lockFile.tryLock();
            if (lock != null) {
                return;
            }
        } catch (OverlappingFileLockException e) {
            throw new IOException("image store " + directory + " is in use in this process already", e);
        }
        throw new IOException("image store " + directory + " is in use by another process");
    }

    private void removeLeftOvers() throws IOException {
        try (var left = Files.newDirectoryStream(temporary)) {
            for (Path path : left) {
                log.info("removing what an interrupted pull left: {}", path);
                removeTree(path);
            }
        }
    }

    /** Where the store lies. */
    public Path directory() {
        return directory;
    }

    /** Directory of a layer, whether it is there or not. */
    public Path pathOf(Digest diffId) {
        return snapshots.resolve(diffId.hex()).resolve("fs");
    }

    /** The layer, if it is there and whole. */
    public Optional<StoredLayer> find(Digest diffId) {
        Path home = snapshots.resolve(diffId.hex());
        if (!Files.isDirectory(home.resolve("fs"))) {
            return Optional.empty();
        }
        try {
            JsonNode about = JSON.readTree(Files.readAllBytes(home.resolve(ABOUT)));
            return Optional.of(new StoredLayer(
                    diffId,
                    home.resolve("fs"),
                    about.path("contentBytes").asLong(0),
                    about.path("entries").asLong(0)));
        } catch (IOException | JacksonException e) {
            log.warn("layer {} is damaged and will be pulled again: {}", diffId, e.toString());
            return Optional.empty();
        }
    }

    /** A fresh directory for unpacking, on the same file system as the layers. */
    public Path newTemporary() throws IOException {
        return Files.createDirectory(temporary.resolve(UUID.randomUUID().toString()), PRIVATE);
    }

    /**
     * Makes an unpacked and synced directory a layer of the store. The description and the removal of what was replaced
     * come before the rename, so that whatever has its final name is whole.
     */
    public StoredLayer commit(Path unpacked, Digest diffId, long contentBytes, long entries) throws IOException {
        Path trash = unpacked.resolve("trash");
        if (Files.exists(trash)) {
            removeTree(trash);
        }
        byte[] about = JSON.writeValueAsBytes(JSON.createObjectNode()
                .put("diffId", diffId.toString())
                .put("contentBytes", contentBytes)
                .put("entries", entries));
        DurableFiles.write(unpacked.resolve(ABOUT), about);
        DurableFiles.sync(unpacked);
        Path home = snapshots.resolve(diffId.hex());
        if (find(diffId).isEmpty() && Files.exists(home)) {
            // a damaged one makes room; mounts that use it keep their files
            Files.move(home, temporary.resolve("damaged-" + UUID.randomUUID()), StandardCopyOption.ATOMIC_MOVE);
        }
        try {
            Files.move(unpacked, home, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
            log.debug("layer {} was there first", diffId, e);
            discard(unpacked);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException("image store " + directory + " spans file systems", e);
        }
        DurableFiles.sync(snapshots);
        return new StoredLayer(diffId, home.resolve("fs"), contentBytes, entries);
    }

    /** Removes a temporary directory; a failure leaves it to the next start. */
    public void discard(Path unpacked) {
        try {
            removeTree(unpacked);
        } catch (IOException e) {
            log.warn("left for the next start: {}: {}", unpacked, e.toString());
        }
    }

    private static void removeTree(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.deleteIfExists(dir);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    @Override
    public void close() throws IOException {
        lockFile.close();
    }
}
