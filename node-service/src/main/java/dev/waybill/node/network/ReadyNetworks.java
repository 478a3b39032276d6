package dev.waybill.node.network;

import dev.waybill.node.network.cni.CniNetwork;
import dev.waybill.node.oci.CommandFailedException;
import dev.waybill.node.storage.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Network namespaces that were connected before a pod asks for one, so that CNI is not on the way of its start. Each is a
 * directory with the namespace's mount and the plugins' result; what a crash left is taken up again or cleared. Filled
 * on a thread of its own while no pod is starting. Thread-safe.
 */
public final class ReadyNetworks implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ReadyNetworks.class);
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration QUIET = Duration.ofMillis(500);
    /** A node that starts has more urgent work. */
    private static final Duration FIRST = Duration.ofSeconds(2);

    private static final Duration RETRY = Duration.ofSeconds(10);
    private static final Duration STOPPED = Duration.ofSeconds(35);
    private static final String RESULT = "result.json";

    private final Path directory;
    private final CniNetwork network;
    private final HostNetwork host;
    private final int size;
    private final ConcurrentLinkedQueue<Ready> ready = new ConcurrentLinkedQueue<>();
    private final ScheduledThreadPoolExecutor filler = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("ready-networks").daemon().factory());
    private volatile long takenAt = System.nanoTime();
    private boolean failing;

    public ReadyNetworks(Path directory, CniNetwork network, HostNetwork host, int size) {
        this.directory = directory;
        this.network = network;
        this.host = host;
        this.size = size;
        filler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** One that a pod may have: {@code id} is what the plugins know it by. */
    public record Ready(String id, JsonNode result, Path directory) {
        public Path namespace() {
            return directory.resolve(PodNamespaces.NETWORK);
        }
    }

    /** Takes up what is there, except for what pods have {@code claimed}, and begins to fill. */
    public void start(Set<String> claimed) {
        for (Path entry : entries()) {
            String id = entry.getFileName().toString();
            Optional<JsonNode> result = result(entry);
            if (claimed.contains(id)) {
                remove(entry);
            } else if (result.isPresent() && PodNamespaces.isNetwork(entry) && ready.size() < size) {
                ready.add(new Ready(id, result.get(), entry));
            } else {
                clear(entry);
            }
        }
        fillLater(FIRST);
    }

    /** One that is ready now. The pod records its id before it does anything else, and then calls {@link #remove}. */
    public Optional<Ready> take() {
        takenAt = System.nanoTime();
        Optional<Ready> taken = Optional.ofNullable(ready.poll());
        if (taken.isPresent()) {
            fillLater(QUIET);
        }
        return taken;
    }

    /** Lets go of one whose namespace the pod holds by a mount of its own. */
    public void remove(Ready taken) {
        remove(taken.directory());
    }

    /** Disconnects one that a pod could not take. */
    public void discard(Ready taken) {
        clear(taken.directory());
    }

    /** How many are ready. */
    public int count() {
        return ready.size();
    }

    private void fillLater(Duration delay) {
        if (size > 0 && !filler.isShutdown()) {
            filler.schedule(this::fill, delay.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void fill() {
        try {
            while (ready.size() < size && !filler.isShutdown()) {
                Duration since = Duration.ofNanos(System.nanoTime() - takenAt);
                if (since.compareTo(QUIET) < 0) {
                    fillLater(QUIET.minus(since));
                    return;
                }
                ready.add(make());
                failing = false;
            }
        } catch (RuntimeException e) {
            if (!failing) {
                log.warn("no network can be made ready ahead of pods: {}", e.toString());
            }
            failing = true;
            fillLater(RETRY);
        }
    }

    private Ready make() {
        String id = UUID.randomUUID().toString();
        Path entry = directory.resolve(id);
        try {
            host.prepare();
            PodNamespaces.createNetwork(entry);
            JsonNode result = network.connect(id, entry.resolve(PodNamespaces.NETWORK));
            Path fresh = entry.resolve(RESULT + ".new");
            Files.write(fresh, JSON.writeValueAsBytes(result));
            Files.move(fresh, entry.resolve(RESULT), StandardCopyOption.ATOMIC_MOVE);
            return new Ready(id, result, entry);
        } catch (IOException e) {
            clear(entry);
            throw new UncheckedIOException("cannot keep network " + id, e);
        } catch (RuntimeException e) {
            clear(entry);
            throw e;
        }
    }

    private static Optional<JsonNode> result(Path entry) {
        Path file = entry.resolve(RESULT);
        try {
            return Files.exists(file) ? Optional.of(JSON.readTree(Files.readAllBytes(file))) : Optional.empty();
        } catch (IOException | JacksonException e) {
            log.warn("{} cannot be read: {}", file, e.toString());
            return Optional.empty();
        }
    }

    /** Disconnects an entry in whatever state it is; one that cannot be is left for the next start. */
    private void clear(Path entry) {
        try {
            network.delete(
                    entry.getFileName().toString(),
                    entry.resolve(PodNamespaces.NETWORK),
                    List.of(),
                    result(entry).orElse(null));
            remove(entry);
        } catch (RuntimeException e) {
            log.warn("network {} is not gone yet: {}", entry, e.toString());
        }
    }

    private static void remove(Path entry) {
        PodNamespaces.remove(entry);
        Trees.delete(entry);
    }

    private List<Path> entries() {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> paths = Files.list(directory)) {
            return paths.toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + directory, e);
        }
    }

    /** Stops filling; what is ready stays for the next start. */
    @Override
    public void close() {
        filler.shutdown();
        try {
            // A plugin that is at work is let finish: interrupted, it would leave half a network.
            if (!filler.awaitTermination(STOPPED.toMillis(), TimeUnit.MILLISECONDS)) {
                filler.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Disconnects and removes all of them, when the node itself ends. */
    public void clear() {
        close();
        ready.clear();
        try {
            entries().forEach(this::clear);
            Files.deleteIfExists(directory);
        } catch (IOException | CommandFailedException e) {
            log.warn("{} is not gone: {}", directory, e.toString());
        }
    }
}
