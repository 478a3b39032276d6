package dev.waybill.image.store;

import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.UnsupportedImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Images whose layers are all in the layer store: {@code images/<config digest>.json}, looked up by reference. An image
 * that lost a layer is as good as absent, so the next pull heals it. Thread-safe; lookups don't wait for writes.
 */
public final class ImageStore {

    private static final Logger log = LoggerFactory.getLogger(ImageStore.class);
    private static final JsonMapper JSON = new JsonMapper();

    private final LayerStore layers;
    private final Path directory;
    private final Map<String, StoredImage> byReference = new ConcurrentHashMap<>();

    public ImageStore(LayerStore layers) throws IOException {
        this.layers = layers;
        this.directory = Files.createDirectories(layers.directory().resolve("images"));
        load();
    }

    private void load() throws IOException {
        List<StoredImage> images = new ArrayList<>();
        try (var files = Files.newDirectoryStream(directory, "*.json")) {
            for (Path file : files) {
                try {
                    images.add(fromJson(JSON.readTree(Files.readAllBytes(file))));
                } catch (JacksonException | UnsupportedImageException e) {
                    log.warn("image record {} is damaged and left out: {}", file, e.toString());
                }
            }
        }
        // where a crash left one reference on two images, the newer pull has it
        images.sort(Comparator.comparingLong(StoredImage::pulledAtMillis));
        for (StoredImage image : images) {
            image.references().keySet().forEach(reference -> byReference.put(reference, image));
        }
    }

    /** The image that a reference names, if all of it is on disk. */
    public Optional<StoredImage> find(String reference) {
        return Optional.ofNullable(byReference.get(reference))
                .filter(image -> image.layers().stream()
                        .distinct()
                        .allMatch(diffId -> Files.isDirectory(layers.pathOf(diffId))));
    }

    /** Layer directories in mount order, lowest first; a layer that occurs twice is mounted where it is highest. */
    public List<Path> layerPaths(StoredImage image) {
        SequencedSet<Digest> highestFirst = new LinkedHashSet<>(image.layers().reversed());
        return new ArrayList<>(highestFirst)
                .reversed().stream().map(layers::pathOf).toList();
    }

    /** Records an image under one more reference; whatever image had that reference before loses it. */
    public synchronized StoredImage put(
            String reference, String repoDigest, Digest id, List<Digest> diffIds, String config, long nowMillis)
            throws IOException {
        Map<String, String> references = new HashMap<>();
        byReference.forEach((name, image) -> {
            if (image.id().equals(id)) {
                references.put(name, String.valueOf(image.references().get(name)));
            }
        });
        references.put(reference, repoDigest);
        long contentBytes = 0;
        for (Digest diffId : diffIds.stream().distinct().toList()) {
            contentBytes += layers.find(diffId)
                    .orElseThrow(() -> new IOException("layer " + diffId + " is not in the store"))
                    .contentBytes();
        }
        StoredImage image = new StoredImage(id, references, diffIds, contentBytes, config, nowMillis);
        write(image);
        StoredImage previous = byReference.get(reference);
        references.keySet().forEach(name -> byReference.put(name, image));
        if (previous != null && !previous.id().equals(id)) {
            forget(previous, reference);
        }
        return image;
    }

    private void forget(StoredImage previous, String reference) throws IOException {
        Map<String, String> rest = new HashMap<>(previous.references());
        rest.remove(reference);
        StoredImage shrunk = new StoredImage(
                previous.id(),
                rest,
                previous.layers(),
                previous.contentBytes(),
                previous.config(),
                previous.pulledAtMillis());
        write(shrunk);
        rest.keySet().forEach(name -> byReference.put(name, shrunk));
    }

    private void write(StoredImage image) throws IOException {
        DurableFiles.replace(
                directory.resolve(image.id().hex() + ".json"),
                directory.resolve(image.id().hex() + "." + UUID.randomUUID() + ".tmp"),
                JSON.writeValueAsBytes(toJson(image)));
    }

    private ObjectNode toJson(StoredImage image) {
        ObjectNode root = JSON.createObjectNode();
        root.put("id", image.id().toString());
        root.put("pulledAtMillis", image.pulledAtMillis());
        root.put("contentBytes", image.contentBytes());
        ObjectNode references = root.putObject("references");
        image.references().forEach(references::put);
        ArrayNode diffIds = root.putArray("layers");
        image.layers().forEach(diffId -> diffIds.add(diffId.toString()));
        root.put("config", image.config());
        return root;
    }

    private static StoredImage fromJson(JsonNode root) throws UnsupportedImageException {
        Map<String, String> references = new HashMap<>();
        root.path("references")
                .properties()
                .forEach(
                        entry -> references.put(entry.getKey(), entry.getValue().asString("")));
        List<Digest> diffIds = new ArrayList<>();
        for (JsonNode diffId : root.path("layers")) {
            diffIds.add(Digest.parse("layers", diffId.asString("")));
        }
        return new StoredImage(
                Digest.parse("id", root.path("id").asString("")),
                references,
                diffIds,
                root.path("contentBytes").asLong(0),
                root.path("config").asString(""),
                root.path("pulledAtMillis").asLong(0));
    }
}
