package dev.waybill.image.store;

import dev.waybill.image.kernel.Linux;
import dev.waybill.image.kernel.OpenFiles;
import dev.waybill.image.registry.Digest;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Unpacked layers, each once: {@code snapshots/<diffId>/fs}. A layer appears there whole or not at all. Nobody waits for
 * the disk: a layer is synced a moment after its commit, and until then counts only in this boot of the machine, so a
 * power cut can lose a layer and never damage one (ADR 15). Any number of processes may use a store, one of them as its
 * owner. Thread-safe.
 */
public final class LayerStore implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LayerStore.class);
    private static final JsonMapper JSON = new JsonMapper();
    private static final String ABOUT = "layer.json";
    private static final String SYNCED = "synced";
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    /** Layers hold set-uid programs: nobody but root may walk into them from outside of a container. */
    static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path directory;
    private final Path snapshots;
    private final Path temporary;
    private final Session session;
    private final @Nullable StoreLock owner;
    private final String bootId;
    private final AtomicBoolean syncing = new AtomicBoolean();
    private final ExecutorService syncs = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("store-sync").factory());
    private final Chains chains;

    private LayerStore(Path directory, @Nullable StoreLock owner) throws IOException {
        this.directory = directory;
        this.owner = owner;
        this.snapshots = Files.createDirectories(directory.resolve("snapshots"), PRIVATE);
        this.temporary = Files.createDirectories(directory.resolve("tmp"), PRIVATE);
        this.bootId = Files.readString(BOOT_ID).strip();
        this.session = Session.begin(temporary);
        this.chains = new Chains(this);
    }

    /** Opens the store at a directory, which is made if it is missing, as its only owner. */
    public static LayerStore open(Path directory) throws IOException {
        Path absolute = directory.toAbsolutePath().normalize();
        Files.createDirectories(absolute);
        StoreLock owner = StoreLock.tryHold(absolute.resolve("owner"));
        if (owner == null) {
            throw new IOException("image store " + directory + " is in use by another image-service");
        }
        try {
            LayerStore store = new LayerStore(absolute, owner);
            Session.removeLeftOvers(store.temporary);
            store.syncSoon();
            return store;
        } catch (IOException e) {
            owner.close();
            throw e;
        }
    }

    /** Opens a store beside its owner, for one command. */
    public static LayerStore share(Path directory) throws IOException {
        Path absolute = directory.toAbsolutePath().normalize();
        Files.createDirectories(absolute);
        return new LayerStore(absolute, null);
    }

    /** Where the store lies. */
    public Path directory() {
        return directory;
    }

    /** Whole trees of the layers. */
    public Chains chains() {
        return chains;
    }

    /** Directory of a layer, whether it is there or not. */
    public Path pathOf(Digest diffId) {
        return homeOf(diffId).resolve("fs");
    }

    /** What the store keeps of a layer, beside its files. */
    public Path homeOf(Digest diffId) {
        return snapshots.resolve(diffId.hex());
    }

    /** Excludes every other change of names in the store, in this process and in others. */
    StoreLock lock() throws IOException {
        return StoreLock.hold(directory.resolve("lock"));
    }

    /** The layer, if it is there and whole. */
    public Optional<StoredLayer> find(Digest diffId) {
        Path home = homeOf(diffId);
        if (!Files.isDirectory(home.resolve("fs"))) {
            return Optional.empty();
        }
        try {
            JsonNode about = JSON.readTree(Files.readAllBytes(home.resolve(ABOUT)));
            boolean synced = Files.exists(home.resolve(SYNCED));
            if (!synced && !about.path("bootId").asString("").equals(bootId)) {
                log.warn("layer {} was not on the disk when the machine went down; it will be pulled again", diffId);
                return Optional.empty();
            }
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

    /** Every layer that has a directory, whole or not. */
    public List<Digest> all() throws IOException {
        try (var homes = Files.list(snapshots)) {
            return homes.map(home -> new Digest(home.getFileName().toString())).toList();
        }
    }

    /** A fresh directory for unpacking, on the same file system as the layers. */
    public Path newTemporary() throws IOException {
        return session.newDirectory();
    }

    /** Keeps layers from being collected until it is closed, those too that are yet to come. */
    public Lease lease(Collection<Digest> layers) throws IOException {
        try (StoreLock _ = lock()) {
            Path file = session.lease(layers);
            return () -> Session.release(file);
        }
    }

    /** Ends with {@link #close}. */
    public interface Lease extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Makes an unpacked directory a layer of the store. The description comes before the rename, so that whatever has
     * its final name is whole.
     */
    public StoredLayer commit(Path unpacked, Digest diffId, long contentBytes, long entries) throws IOException {
        Path trash = unpacked.resolve("trash");
        if (Files.exists(trash)) {
            removeTree(trash);
        }
        byte[] about = JSON.writeValueAsBytes(JSON.createObjectNode()
                .put("diffId", diffId.toString())
                .put("contentBytes", contentBytes)
                .put("entries", entries)
                .put("bootId", bootId));
        Files.write(unpacked.resolve(ABOUT), about);
        Path home = homeOf(diffId);
        boolean first = place(unpacked, home, diffId);
        if (!first) {
            log.debug("layer {} was there first", diffId);
            discard(unpacked);
        }
        syncSoon();
        return new StoredLayer(diffId, home.resolve("fs"), contentBytes, entries);
    }

    /** False when another process or image was faster with the same layer. */
    private boolean place(Path unpacked, Path home, Digest diffId) throws IOException {
        try (StoreLock _ = lock()) {
            if (find(diffId).isPresent()) {
                return false;
            }
            if (Files.exists(home)) {
                // a damaged one makes room; mounts that use it keep their files
                Files.move(home, session.newName(), StandardCopyOption.ATOMIC_MOVE);
            }
            Files.move(unpacked, home, StandardCopyOption.ATOMIC_MOVE);
            return true;
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException("image store " + directory + " spans file systems", e);
        }
    }

    /** Removes a temporary directory; a failure leaves it to the next start. */
    public void discard(Path unpacked) {
        try {
            removeTree(unpacked);
        } catch (IOException e) {
            log.warn("left for the next start: {}: {}", unpacked, e.toString());
        }
    }

    /** Takes layers out of the store; the caller holds the lock and removes what it is given after letting go. */
    List<Path> takeOut(Collection<Digest> layers) throws IOException {
        List<Path> taken = new ArrayList<>();
        for (Digest layer : layers) {
            try {
                taken.add(takeAway(homeOf(layer)));
            } catch (NoSuchFileException e) {
                log.debug("layer {} went meanwhile", layer, e);
            }
        }
        return taken;
    }

    /** Moves a directory to where things go that are to be removed, and gives its new name. */
    Path takeAway(Path home) throws IOException {
        Path gone = session.newName();
        Files.move(home, gone, StandardCopyOption.ATOMIC_MOVE);
        return gone;
    }

    /** Layers that a living process counts on; the caller holds the lock. */
    Set<Digest> leased() throws IOException {
        return new HashSet<>(Session.leased(temporary));
    }

    /** Removes what ended processes left in {@code tmp}. */
    int removeLeftOvers() throws IOException {
        return Session.removeLeftOvers(temporary);
    }

    private void syncSoon() {
        if (syncing.compareAndSet(false, true)) {
            try {
                syncs.execute(this::syncNow);
            } catch (RejectedExecutionException e) {
                log.debug("{} is closed; the next start syncs what is left", directory, e);
            }
        }
    }

    private void syncNow() {
        syncing.set(false);
        try {
            sync();
        } catch (IOException | RuntimeException e) {
            log.warn("layers of {} are not synced yet: {}", directory, e.toString());
        }
    }

    /** Writes every layer of this boot to the disk; from then on they count after a power cut too. */
    public synchronized void sync() throws IOException {
        List<Path> waiting = new ArrayList<>();
        for (Digest layer : all()) {
            if (!Files.exists(homeOf(layer).resolve(SYNCED)) && find(layer).isPresent()) {
                waiting.add(homeOf(layer).resolve(SYNCED));
            }
        }
        if (waiting.isEmpty()) {
            return;
        }
        int fd = Linux.open(snapshots.toString(), Linux.O_RDONLY | Linux.O_DIRECTORY);
        try {
            OpenFiles.syncfs(fd);
        } finally {
            OpenFiles.close(fd);
        }
        for (Path marker : waiting) {
            try {
                Files.write(marker, new byte[0]);
            } catch (NoSuchFileException e) {
                log.debug("{} was removed meanwhile", marker, e);
            }
        }
    }

    /** Removes a tree without following links. */
    static void removeTree(Path root) throws IOException {
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

    /** Lets go of the store once nothing of this process writes to it any more. */
    @Override
    public void close() throws IOException {
        syncs.close();
        session.close();
        if (owner != null) {
            owner.close();
        }
    }
}
