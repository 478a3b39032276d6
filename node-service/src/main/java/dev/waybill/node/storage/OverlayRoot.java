package dev.waybill.node.storage;

import dev.waybill.node.kernel.Linux;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A container's root file system: the image's layers below a directory of its own
 * (Documentation/filesystems/overlayfs.rst). Stateless.
 */
public final class OverlayRoot {
    /** mount(2) takes one page of options. */
    private static final int MAX_OPTIONS = 4000;

    private static final String LOWER = "lower";

    private OverlayRoot() {}

    /** Mounts the layers, lowest first, at {@code directory/rootfs}; safe to repeat. */
    public static Path mount(Path directory, List<String> layers) {
        return mount(directory, layers, Owners.MACHINE);
    }

    /** The same, with the owners that a pod sees. */
    static Path mount(Path directory, List<String> layers, Owners owners) {
        Path root = directory.resolve("rootfs");
        try {
            for (String name : List.of("rootfs", "upper", "work", "empty")) {
                Files.createDirectories(directory.resolve(name));
            }
            List<String> lower = layers.isEmpty()
                    ? List.of(directory.resolve("empty").toString())
                    : layers.stream().distinct().toList().reversed();
            for (String layer : lower) {
                if (!Files.isDirectory(Path.of(layer))) {
                    throw new IllegalStateException("layer directory " + layer + " is missing");
                }
            }
            Linux.unmount(root);
            lower = owners.show(directory.resolve(LOWER), lower);
            owners.give(directory.resolve("upper"));
            mountLower(directory, root, lower);
            // The overlay keeps the layers that it was made of.
            Owners.unmountAll(directory.resolve(LOWER));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot prepare " + directory, e);
        }
        return root;
    }

    /** Where what is written to the root at {@code directory/rootfs} goes. */
    public static Path written(Path directory) {
        return directory.resolve("upper");
    }

    private static void mountLower(Path directory, Path root, List<String> lower) {
        String plain = options(directory, lower);
        if (plain.length() <= MAX_OPTIONS && lower.stream().noneMatch(OverlayRoot::special)) {
            Linux.mount("overlay", root, "overlay", 0, plain);
            return;
        }
        // Many layers: short names for them, by descriptors that are open while the mount is made.
        List<Integer> descriptors = new ArrayList<>();
        try {
            lower.forEach(layer -> descriptors.add(Linux.openDirectory(Path.of(layer))));
            List<String> names =
                    descriptors.stream().map(fd -> "/proc/self/fd/" + fd).toList();
            Linux.mount("overlay", root, "overlay", 0, options(directory, names));
        } finally {
            descriptors.forEach(Linux::close);
        }
    }

    private static boolean special(String path) {
        return path.contains(":") || path.contains(",") || path.contains("\\");
    }

    private static String options(Path directory, List<String> lower) {
        return lower.stream().collect(Collectors.joining(":", "lowerdir=", "")) + ",upperdir="
                + directory.resolve("upper") + ",workdir=" + directory.resolve("work");
    }

    public static void unmount(Path directory) {
        Linux.unmount(directory.resolve("rootfs"));
        Owners.unmountAll(directory.resolve(LOWER));
    }
}
