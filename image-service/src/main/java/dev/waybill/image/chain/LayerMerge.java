package dev.waybill.image.chain;

import dev.waybill.image.kernel.Directory;
import dev.waybill.image.kernel.KernelException;
import dev.waybill.image.kernel.Linux;
import dev.waybill.image.kernel.OpenFiles;
import dev.waybill.image.kernel.Removal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Puts a layer in overlay form on a tree, so that the tree is what an overlay mount would show: whiteouts remove, opaque
 * directories hide, what has another type replaces, hard links of the layer stay one file. One thread.
 */
final class LayerMerge {

    private static final String OPAQUE = "trusted.overlay.opaque";
    private static final int OPEN_DIRECTORY = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_NOFOLLOW;

    private final int root;
    /** Where files of several names went first, by their inode in the layer. */
    private final Map<Long, String> linked = new HashMap<>();

    private LayerMerge(int root) {
        this.root = root;
    }

    /** Puts the layer at a path on the tree whose root is open. */
    static void apply(Path layer, int root) throws IOException {
        int source = Linux.open(layer.toString(), Linux.O_RDONLY | Linux.O_DIRECTORY);
        try {
            new LayerMerge(root).directory(source, root, "");
        } finally {
            OpenFiles.close(source);
        }
    }

    private void directory(int from, int to, String path) throws IOException {
        for (String name : Directory.names(from)) {
            Linux.Status status = Linux.lstatat(from, name);
            if (status.isWhiteout()) {
                remove(to, name);
            } else if (status.isDirectory()) {
                subdirectory(from, to, name, path);
                FileCopy.attributes(from, to, name, status);
            } else {
                remove(to, name);
                file(from, to, name, path + name, status);
            }
        }
    }

    private void subdirectory(int from, int to, String name, String path) throws IOException {
        Optional<Linux.Status> below = status(to, name);
        boolean replaces = below.isPresent() && (!below.get().isDirectory() || isOpaque(from, name));
        if (replaces) {
            Removal.tree(to, name);
        }
        if (replaces || below.isEmpty()) {
            Linux.mkdirat(to, name, 0700);
        }
        int source = Linux.openat(from, name, OPEN_DIRECTORY, 0);
        try {
            int target = Linux.openat(to, name, OPEN_DIRECTORY, 0);
            try {
                directory(source, target, path + name + "/");
            } finally {
                OpenFiles.close(target);
            }
        } finally {
            OpenFiles.close(source);
        }
    }

    private static boolean isOpaque(int dir, String name) throws KernelException {
        byte[] value = Linux.xattrs(dir, name).get(OPAQUE);
        return value != null && new String(value, StandardCharsets.US_ASCII).equals("y");
    }

    private void file(int from, int to, String name, String path, Linux.Status status) throws IOException {
        String first = status.links() > 1 ? linked.putIfAbsent(status.inode(), path) : null;
        if (first == null) {
            FileCopy.make(from, to, name, status);
            FileCopy.attributes(from, to, name, status);
        } else {
            Linux.linkat(root, first, to, name);
        }
    }

    private static void remove(int dir, String name) throws KernelException {
        if (status(dir, name).isPresent()) {
            Removal.tree(dir, name);
        }
    }

    private static Optional<Linux.Status> status(int dir, String name) throws KernelException {
        try {
            return Optional.of(Linux.lstatat(dir, name));
        } catch (KernelException e) {
            if (e.errno() == Linux.ENOENT) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
