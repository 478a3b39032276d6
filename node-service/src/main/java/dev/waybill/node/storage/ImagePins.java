package dev.waybill.node.storage;

import dev.waybill.node.kernel.Linux;
import dev.waybill.node.pod.ImageFacts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Says in the image store which pods use which images: {@code pins/<pod uid>/<image digest>}. A pin is written under the
 * store's lock, under which images are collected too, so that an image is either pinned in time or seen to be gone (ADR
 * 14). Stateless.
 */
public final class ImagePins {
    private ImagePins() {}

    /** Pins an image for a pod; false when it is not, or not whole, on the disk any more. */
    public static boolean pin(String podUid, ImageFacts image) {
        if (image.storePath().isEmpty()) {
            return true;
        }
        Path store = Path.of(image.storePath());
        if (!Files.isDirectory(store)) {
            return false;
        }
        try {
            Path lockFile = store.resolve("lock");
            if (!Files.exists(lockFile)) {
                Files.write(lockFile, new byte[0], java.nio.file.StandardOpenOption.CREATE);
            }
            int lock = Linux.lock(lockFile);
            try {
                Path pod = Files.createDirectories(store.resolve("pins").resolve(podUid));
                Path pin = pod.resolve(image.imageId().replaceFirst("^sha256:", ""));
                if (!Files.exists(pin)) {
                    Files.write(pin, new byte[0]);
                }
                return image.layerPaths().stream().allMatch(layer -> Files.isDirectory(Path.of(layer)));
            } finally {
                Linux.close(lock);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot pin image " + image.reference() + " for pod " + podUid, e);
        }
    }

    /** Gives up the pins of a pod that is gone. */
    public static void unpin(String podUid, Collection<ImageFacts> images) {
        images.stream()
                .filter(image -> !image.storePath().isEmpty())
                .map(image -> Path.of(image.storePath(), "pins", podUid))
                .distinct()
                .forEach(Trees::delete);
    }

    /** Gives up pins of pods that this node does not know: what a crash between two steps left. */
    public static void keepOnly(Path store, Set<String> podUids) {
        Path pins = store.resolve("pins");
        if (!Files.isDirectory(pins)) {
            return;
        }
        try (Stream<Path> pods = Files.list(pins)) {
            pods.filter(pod -> !podUids.contains(pod.getFileName().toString())).forEach(Trees::delete);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + pins, e);
        }
    }
}
