package dev.waybill.image.store;

import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.UnsupportedImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The records of images on disk, {@code images/<config digest>.json}, each replaced by a rename. Other processes may
 * change them: a look at the directory shows which files have to be read again. Thread-safe.
 */
final class ImageRecords {

    private static final Logger log = LoggerFactory.getLogger(ImageRecords.class);
    private static final JsonMapper JSON = new JsonMapper();

    private record Read(Object version, @Nullable StoredImage image) {}

    private final Path directory;
    private final Map<Path, Read> files = new HashMap<>();

    ImageRecords(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
    }

    /** Every image, the one pulled first first: where a crash left one reference on two, the newer pull has it. */
    synchronized List<StoredImage> all() throws IOException {
        Map<Path, Read> seen = new HashMap<>();
        try (var paths = Files.newDirectoryStream(directory, "*.json")) {
            for (Path path : paths) {
                read(path, seen);
            }
        }
        files.clear();
        files.putAll(seen);
        List<StoredImage> images = new ArrayList<>();
        files.values().forEach(file -> {
            if (file.image != null) {
                images.add(file.image);
            }
        });
        images.sort(Comparator.comparingLong(StoredImage::pulledAtMillis));
        return images;
    }

    private void read(Path path, Map<Path, Read> seen) throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            Object version =
                    List.of(String.valueOf(attributes.fileKey()), attributes.lastModifiedTime(), attributes.size());
            Read known = files.get(path);
            seen.put(path, known != null && known.version.equals(version) ? known : new Read(version, parse(path)));
        } catch (NoSuchFileException e) {
            log.debug("record {} went meanwhile", path, e);
        }
    }

    private static @Nullable StoredImage parse(Path file) throws IOException {
        try {
            return fromJson(JSON.readTree(Files.readAllBytes(file)));
        } catch (JacksonException | UnsupportedImageException e) {
            log.warn("image record {} is damaged and left out: {}", file, e.toString());
            return null;
        }
    }

    /** Records that can't be read: what a power cut left, or damage. */
    synchronized List<Path> damaged() throws IOException {
        all();
        return files.entrySet().stream()
                .filter(file -> file.getValue().image == null)
                .map(Map.Entry::getKey)
                .toList();
    }

    void write(StoredImage image) throws IOException {
        Path fresh = directory.resolve(image.id().hex() + "." + UUID.randomUUID() + ".tmp");
        Files.write(fresh, JSON.writeValueAsBytes(toJson(image)));
        Files.move(fresh, fileOf(image.id()), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    void remove(Digest id) throws IOException {
        Files.deleteIfExists(fileOf(id));
    }

    private Path fileOf(Digest id) {
        return directory.resolve(id.hex() + ".json");
    }

    private static ObjectNode toJson(StoredImage image) {
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
