package dev.waybill.image.store;

import dev.waybill.image.registry.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which pods use which images, as node-service writes it: {@code pins/<pod uid>/<image digest>}, written under the
 * store's lock before the image is mounted; and when each image was last of use, {@code used/<image digest>}.
 * Thread-safe.
 */
public final class Pins {

    private static final Logger log = LoggerFactory.getLogger(Pins.class);

    private final Path pins;
    private final Path used;

    Pins(Path store) throws IOException {
        this.pins = Files.createDirectories(store.resolve("pins"));
        this.used = Files.createDirectories(store.resolve("used"));
    }

    /** Pods that use an image. */
    public Collection<String> usersOf(Digest image) throws IOException {
        return Collections.unmodifiableCollection(all().getOrDefault(image.hex(), List.of()));
    }

    /** The pods of each image that is in use, by the hexadecimal digits of its digest. */
    Map<String, List<String>> all() throws IOException {
        Map<String, List<String>> users = new TreeMap<>();
        try (var pods = Files.newDirectoryStream(pins)) {
            for (Path pod : pods) {
                for (String image : imagesOf(pod)) {
                    users.computeIfAbsent(image, _ -> new ArrayList<>())
                            .add(pod.getFileName().toString());
                }
            }
        }
        return users;
    }

    private static List<String> imagesOf(Path pod) throws IOException {
        try (var images = Files.list(pod)) {
            return images.map(image -> image.getFileName().toString()).toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    /** When the image was pulled, asked for or mounted last, as far as is known. */
    public Instant lastUsed(Digest image) throws IOException {
        try {
            return Files.getLastModifiedTime(used.resolve(image.hex())).toInstant();
        } catch (NoSuchFileException e) {
            return Instant.EPOCH;
        }
    }

    /** Notes that an image is of use now. */
    public void touch(Digest image) throws IOException {
        touch(image, Clock.systemUTC().instant());
    }

    /** Notes that an image was of use. */
    public void touch(Digest image, Instant when) throws IOException {
        Path file = used.resolve(image.hex());
        try {
            if (!Files.exists(file)) {
                Files.write(file, new byte[0]);
            }
            Files.setLastModifiedTime(file, FileTime.from(when));
        } catch (NoSuchFileException e) {
            log.debug("image {} was removed meanwhile", image, e);
        }
    }

    void forget(Digest image) throws IOException {
        Files.deleteIfExists(used.resolve(image.hex()));
    }
}
