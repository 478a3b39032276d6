package dev.waybill.node.oci;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The machine's OCI runtimes, and which of them made which container. Thread-safe for different containers. */
final class RuntimeHandlers {
    private final RuntimeHandler own;
    private final Map<String, RuntimeHandler> named = new TreeMap<>();
    private final Path notes;

    /** Prepares the node's own runtime, and of the others those that are installed. */
    RuntimeHandlers(String runtime, List<String> others, Path directory, boolean hybrid) throws IOException {
        notes = Files.createDirectories(directory.resolve("handlers"));
        own = RuntimeHandler.prepare("", runtime, directory, hybrid);
        for (String program : others) {
            if (RuntimeHandler.onPath(program).isPresent()) {
                String name = Path.of(program).getFileName().toString();
                named.put(name, RuntimeHandler.prepare(name, program, directory, hybrid));
            }
        }
    }

    RuntimeHandler own() {
        return own;
    }

    /** All, the node's own first. */
    List<RuntimeHandler> all() {
        List<RuntimeHandler> all = new ArrayList<>(List.of(own));
        all.addAll(named.values());
        return all;
    }

    Optional<RuntimeHandler> named(String name) {
        return name.isEmpty() ? Optional.of(own) : Optional.ofNullable(named.get(name));
    }

    /** The runtime that made a container. */
    RuntimeHandler of(String id) {
        Path note = notes.resolve(id);
        try {
            return Files.exists(note) ? named.getOrDefault(Files.readString(note), own) : own;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + note, e);
        }
    }

    /** Notes who is about to make a container. */
    void note(String id, RuntimeHandler handler) {
        if (handler.name().isEmpty()) {
            forget(id);
            return;
        }
        try {
            Files.writeString(notes.resolve(id), handler.name());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot note the runtime of " + id, e);
        }
    }

    void forget(String id) {
        try {
            Files.deleteIfExists(notes.resolve(id));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot forget the runtime of " + id, e);
        }
    }
}
