package dev.waybill.image.store;

import dev.waybill.image.registry.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One process's part of a store's {@code tmp}: what it unpacks, and leases on layers that it counts on. Its lock shows
 * the others that it lives; what a dead one left is removed. Thread-safe.
 */
final class Session implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Session.class);
    private static final String LOCK = ".alive";
    private static final String LEASES = "leases";

    private final Path directory;
    private final StoreLock alive;

    private Session(Path directory, StoreLock alive) {
        this.directory = directory;
        this.alive = alive;
    }

    static Session begin(Path temporary) throws IOException {
        String name = UUID.randomUUID().toString();
        StoreLock alive = StoreLock.hold(temporary.resolve(name + LOCK));
        Path directory = Files.createDirectory(temporary.resolve(name), LayerStore.PRIVATE);
        Files.createDirectory(directory.resolve(LEASES));
        return new Session(directory, alive);
    }

    /** A fresh directory. */
    Path newDirectory() throws IOException {
        return Files.createDirectory(
                directory.resolve(UUID.randomUUID().toString()),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    /** A name that is free, to move things to that go. */
    Path newName() {
        return directory.resolve(UUID.randomUUID().toString());
    }

    /** Keeps layers from being collected, there or not yet; the caller holds the store's lock. */
    Path lease(Collection<Digest> layers) throws IOException {
        Path file = directory.resolve(LEASES).resolve(UUID.randomUUID().toString());
        Files.write(file, layers.stream().map(Digest::hex).toList());
        return file;
    }

    /** Layers that living processes count on; the caller holds the store's lock. */
    static Set<Digest> leased(Path temporary) throws IOException {
        Set<Digest> leased = new HashSet<>();
        for (Path session : sessions(temporary)) {
            try (StoreLock dead = StoreLock.tryHold(lockOf(session))) {
                if (dead == null && Files.isDirectory(session.resolve(LEASES))) {
                    leased.addAll(leases(session.resolve(LEASES)));
                }
            }
        }
        return leased;
    }

    private static List<Digest> leases(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.flatMap(file -> lines(file).stream()).map(Digest::new).collect(Collectors.toList());
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            log.debug("lease {} ended meanwhile", file, e);
            return List.of();
        }
    }

    /** Removes what processes left that ended without cleaning up; gives how many there were. */
    static int removeLeftOvers(Path temporary) throws IOException {
        int removed = 0;
        for (Path session : sessions(temporary)) {
            try (StoreLock dead = StoreLock.tryHold(lockOf(session))) {
                if (dead != null) {
                    log.info("removing what an interrupted process left: {}", session);
                    LayerStore.removeTree(session);
                    Files.deleteIfExists(lockOf(session));
                    removed++;
                }
            }
        }
        return removed;
    }

    private static Path lockOf(Path session) {
        return session.resolveSibling(session.getFileName() + LOCK);
    }

    private static List<Path> sessions(Path temporary) throws IOException {
        try (var paths = Files.list(temporary)) {
            return paths.filter(path -> !path.toString().endsWith(LOCK)).toList();
        }
    }

    @Override
    public void close() throws IOException {
        LayerStore.removeTree(directory);
        Files.deleteIfExists(lockOf(directory));
        alive.close();
    }

    /** Ends a lease. */
    static void release(@Nullable Path lease) {
        try {
            if (lease != null) {
                Files.deleteIfExists(lease);
            }
        } catch (IOException e) {
            log.warn("lease {} stays until this process ends: {}", lease, e.toString());
        }
    }
}
