package dev.waybill.node.storage;

import dev.waybill.node.kernel.KernelException;
import dev.waybill.node.kernel.Linux;
import dev.waybill.node.kernel.Subvolumes;
import dev.waybill.node.oci.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;

/**
 * Makes a container's writable root of what the image store prepared for the driver of that name (ADR 19); what is written
 * in it reaches no other root and not the store. Stateless and thread-safe for different directories.
 */
public sealed interface StorageDriver {

    /** Directory of a root in its bundle. */
    String ROOT = "rootfs";

    /** Makes {@code directory/rootfs} anew of directories of the store, lowest first; safe to repeat. */
    default Path makeRoot(Path directory, List<String> layers) {
        return makeRoot(directory, layers, Owners.MACHINE);
    }

    /** The same, with the owners that a pod sees. */
    Path makeRoot(Path directory, List<String> layers, Owners owners);

    /** The driver that an image was prepared for. */
    static StorageDriver of(String name) {
        return switch (name) {
            case "overlay" -> new Overlay();
            case "btrfs" -> new Btrfs();
            case "vfs" -> new Vfs();
            default ->
                throw new IllegalStateException(
                        "driver: the image store's \"" + name + "\" is none of overlay, btrfs and vfs");
        };
    }

    /** Removes the root that any of the drivers made in the directory, and what it was shown; one that is missing is fine. */
    static void removeRoot(Path directory) {
        Owners.hide(directory);
        OverlayRoot.unmount(directory);
        WrittenLayer.forget(directory);
        if (Files.isDirectory(directory.resolve(ROOT), LinkOption.NOFOLLOW_LINKS)
                && !Subvolumes.destroy(directory, ROOT)) {
            Trees.delete(directory.resolve(ROOT));
        }
    }

    /** The kernel shows the layers below a directory of the container's own. */
    record Overlay() implements StorageDriver {
        @Override
        public Path makeRoot(Path directory, List<String> layers, Owners owners) {
            return OverlayRoot.mount(directory, layers, owners);
        }
    }

    /** A snapshot of the image's subvolume; a copy where the bundle lies on another file system. */
    record Btrfs() implements StorageDriver {
        @Override
        public Path makeRoot(Path directory, List<String> layers, Owners owners) {
            Path tree = onlyTree(layers);
            clear(directory);
            try {
                Subvolumes.snapshot(tree, directory, ROOT);
                return ready(directory, owners);
            } catch (KernelException e) {
                if (Linux.fileSystemType(directory) == Linux.fileSystemType(tree) && e.errno() != Linux.EXDEV) {
                    throw e;
                }
                return new Vfs().makeRoot(directory, layers, owners);
            }
        }
    }

    /** A copy of the image's tree, of shared blocks where the file system has such. */
    record Vfs() implements StorageDriver {
        @Override
        public Path makeRoot(Path directory, List<String> layers, Owners owners) {
            Path tree = onlyTree(layers);
            clear(directory);
            Command.run(List.of(
                    "cp",
                    "-dR",
                    "--preserve=mode,ownership,timestamps,links,xattr",
                    "--reflink=auto",
                    "--sparse=auto",
                    "--no-target-directory",
                    tree.toString(),
                    directory.resolve(ROOT).toString()));
            return ready(directory, owners);
        }
    }

    /** What is changed in a tree from now on is the container's. */
    private static Path ready(Path directory, Owners owners) {
        owners.cover(directory.resolve(ROOT));
        WrittenLayer.begin(directory);
        return directory.resolve(ROOT);
    }

    private static Path onlyTree(List<String> layers) {
        if (layers.size() != 1 || !Files.isDirectory(Path.of(layers.getFirst()))) {
            throw new IllegalStateException("image tree " + layers + " is missing");
        }
        return Path.of(layers.getFirst());
    }

    private static void clear(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot prepare " + directory, e);
        }
        removeRoot(directory);
    }
}
