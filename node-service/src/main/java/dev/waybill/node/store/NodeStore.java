package dev.waybill.node.store;

import dev.waybill.node.pod.ImageFacts;
import dev.waybill.node.storage.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The node's memory on disk: each file is replaced by a rename, so a kill at any moment leaves the old or the new one.
 * Thread-safe for different pods.
 */
public final class NodeStore {
    private static final Logger log = LoggerFactory.getLogger(NodeStore.class);
    private static final JsonMapper JSON = new JsonMapper();

    private final Path directory;

    public NodeStore(Path directory) {
        this.directory = directory;
        try {
            for (String name : List.of("pods", "objects", "images")) {
                Files.createDirectories(directory.resolve(name));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make " + directory, e);
        }
    }

    /** Where all of it lies. */
    public Path directory() {
        return directory;
    }

    /** A number higher than at every earlier start; on the disk before it is returned. */
    public long nextEpoch() {
        Path file = directory.resolve("epoch");
        try {
            long last =
                    Files.exists(file) ? Long.parseLong(Files.readString(file).strip()) : 0;
            // The clock keeps it rising even when the directory was lost.
            long next = Math.max(last + 1, System.currentTimeMillis() / 1000);
            write(file, Long.toString(next).getBytes(StandardCharsets.UTF_8), true);
            return next;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /** Where volumes lie that this node made for claims: they outlive pods. */
    public Path volumes() {
        return directory.resolve("volumes");
    }

    public Path podDirectory(String uid) {
        return directory.resolve("pods").resolve(uid);
    }

    public void savePod(String uid, StoredPod pod) {
        Path podDirectory = podDirectory(uid);
        makeDirectory(podDirectory);
        write(podDirectory.resolve("pod.json"), JSON.writeValueAsBytes(pod), false);
    }

    /** Every pod that has a record; one whose record cannot be read is named in the log and left alone. */
    public List<StoredPod> pods() {
        List<StoredPod> pods = new ArrayList<>();
        for (Path path : list("pods")) {
            read(path.resolve("pod.json"), StoredPod.class).ifPresent(pods::add);
        }
        return pods;
    }

    /** Uids of all pods that have a directory. */
    public List<String> podUids() {
        return list("pods").stream().map(path -> path.getFileName().toString()).toList();
    }

    public void removePod(String uid) {
        Trees.delete(podDirectory(uid));
    }

    public void saveNetwork(String uid, StoredNetwork network) {
        makeDirectory(podDirectory(uid));
        write(podDirectory(uid).resolve("network.json"), JSON.writeValueAsBytes(network), false);
    }

    public Optional<StoredNetwork> network(String uid) {
        return read(podDirectory(uid).resolve("network.json"), StoredNetwork.class);
    }

    /** The ids of all pods' networks. */
    public Set<String> networkIds() {
        return podUids().stream()
                .flatMap(uid -> network(uid).stream())
                .map(StoredNetwork::id)
                .collect(Collectors.toSet());
    }

    public void removeNetwork(String uid) {
        try {
            Files.deleteIfExists(podDirectory(uid).resolve("network.json"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove the network record of pod " + uid, e);
        }
    }

    public void saveSandbox(String uid, StoredSandbox sandbox) {
        makeDirectory(podDirectory(uid));
        write(podDirectory(uid).resolve("sandbox.json"), JSON.writeValueAsBytes(sandbox), false);
    }

    public Optional<StoredSandbox> sandbox(String uid) {
        return read(podDirectory(uid).resolve("sandbox.json"), StoredSandbox.class);
    }

    public void removeSandbox(String uid) {
        try {
            Files.deleteIfExists(podDirectory(uid).resolve("sandbox.json"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove the sandbox record of pod " + uid, e);
        }
    }

    public void saveObject(StoredObject object) {
        write(directory.resolve("objects").resolve(fileName(object.key())), JSON.writeValueAsBytes(object), false);
    }

    public void removeObject(String key) {
        try {
            Files.deleteIfExists(directory.resolve("objects").resolve(fileName(key)));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + key, e);
        }
    }

    public List<StoredObject> objects() {
        return list("objects").stream()
                .flatMap(path -> read(path, StoredObject.class).stream())
                .toList();
    }

    public void saveImage(ImageFacts image) {
        write(directory.resolve("images").resolve(fileName(image.reference())), JSON.writeValueAsBytes(image), false);
    }

    /** Every image that a pod of this node ever used. */
    public List<ImageFacts> images() {
        return list("images").stream()
                .flatMap(path -> read(path, ImageFacts.class).stream())
                .toList();
    }

    /** The image, if this node had it and its layers are still there. */
    public Optional<ImageFacts> image(String reference) {
        return read(directory.resolve("images").resolve(fileName(reference)), ImageFacts.class)
                .filter(facts -> facts.layerPaths().stream().allMatch(layer -> Files.isDirectory(Path.of(layer))));
    }

    private static String fileName(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 16) + ".json";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<Path> list(String name) {
        try (Stream<Path> paths = Files.list(directory.resolve(name))) {
            return paths.filter(path -> !path.toString().endsWith(".new"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + directory.resolve(name), e);
        }
    }

    private static <T> Optional<T> read(Path file, Class<T> type) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(JSON.readValue(Files.readAllBytes(file), type));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        } catch (JacksonException e) {
            log.error("{} cannot be read and is left out: {}", file, e.getMessage());
            return Optional.empty();
        }
    }

    private static void makeDirectory(Path path) {
        try {
            Files.createDirectories(path);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make " + path, e);
        }
    }

    private static void write(Path file, byte[] bytes, boolean force) {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.write(fresh, bytes);
            if (force) {
                try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                    channel.force(true);
                }
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }
}
