package dev.waybill.node.oci;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/** Watches for the exit codes that conmon leaves. The listener runs on the watcher's own thread. */
public final class ExitFiles implements AutoCloseable {
    private final WatchService watcher;

    public ExitFiles(Path directory, Consumer<String> onExit) {
        try {
            watcher = directory.getFileSystem().newWatchService();
            directory.register(watcher, ENTRY_CREATE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot watch " + directory, e);
        }
        Thread.ofPlatform().daemon().name("exit-files").start(() -> watch(onExit));
    }

    private void watch(Consumer<String> onExit) {
        try {
            while (true) {
                WatchKey key = watcher.take();
                for (WatchEvent<?> event : key.pollEvents()) {
                    if (event.context() instanceof Path name && !name.toString().contains(".")) {
                        onExit.accept(name.toString());
                    }
                }
                key.reset();
            }
        } catch (ClosedWatchServiceException e) {
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** How a container ended. */
    public record Exit(int code, Instant at) {}

    /** The exit of a container, if it has ended. */
    public static Optional<Exit> read(Path directory, String id) {
        Path file = directory.resolve(id);
        try {
            if (!Files.exists(file)) {
                return Optional.empty();
            }
            int code = Integer.parseInt(Files.readString(file).strip());
            return Optional.of(new Exit(code, Files.getLastModifiedTime(file).toInstant()));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    @Override
    public void close() {
        try {
            watcher.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close the exit file watcher", e);
        }
    }
}
