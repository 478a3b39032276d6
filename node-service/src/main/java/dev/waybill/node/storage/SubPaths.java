package dev.waybill.node.storage;

import dev.waybill.node.kernel.KernelException;
import dev.waybill.node.kernel.Linux;
import dev.waybill.node.pod.ContainerConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;

/**
 * Parts of volumes that are mounted by themselves. Processes of the pod may change the volume meanwhile, so each part is
 * opened step by step from the volume's root, links within the volume are followed once and beforehand, and what was
 * opened is bound to a place that only the node can change: the runtime mounts from there. Thread-safe.
 */
public final class SubPaths {
    private static final String DIRECTORY = "subpaths";
    private static final String UNIX_MODE = "unix:mode";

    private SubPaths() {}

    /**
     * Binds a part of a volume, made as a directory where it is missing.
     *
     * @param bundle of the container, whose end is the mount's too
     * @param index of the mount among the container's
     * @throws ContainerConfigException when it leads out of the volume
     */
    public static Path bind(Path volume, String subPath, Path bundle, int index) throws IOException {
        if (subPath.startsWith("/") || List.of(subPath.split("/", -1)).contains("..")) {
            throw leadsOut(subPath);
        }
        Path root = volume.toRealPath();
        Path inside = root.relativize(resolved(root, subPath));
        int mode = (int) Files.getAttribute(root, UNIX_MODE) & 07777;
        int open = Linux.openDirectory(root);
        try {
            for (Path step : inside) {
                if (!step.toString().isEmpty()) {
                    int next = step(open, step.toString(), mode, subPath);
                    Linux.close(open);
                    open = next;
                }
            }
            return bound(open, bundle.resolve(DIRECTORY).resolve(Integer.toString(index)));
        } finally {
            Linux.close(open);
        }
    }

    /** The path with the volume's own links followed; its end need not be there. */
    private static Path resolved(Path root, String subPath) throws IOException {
        Path path = root;
        for (Path step : Path.of(subPath)) {
            Path next = path.resolve(step);
            path = Files.exists(next) ? next.toRealPath() : next;
            if (!path.startsWith(root)) {
                throw leadsOut(subPath);
            }
        }
        return path;
    }

    private static int step(int directory, String name, int mode, String subPath) throws IOException {
        int next;
        try {
            next = Linux.openEntry(directory, name);
        } catch (KernelException e) {
            if (e.errno() != Linux.ENOENT) {
                throw leadsOut(subPath);
            }
            Linux.makeDirectory(directory, name, mode);
            next = Linux.openEntry(directory, name);
            Files.setAttribute(of(next), UNIX_MODE, mode);
        }
        if (Files.readAttributes(of(next), BasicFileAttributes.class).isSymbolicLink()) {
            Linux.close(next);
            throw leadsOut(subPath);
        }
        return next;
    }

    private static Path of(int descriptor) {
        return Path.of("/proc/self/fd/" + descriptor);
    }

    private static Path bound(int descriptor, Path target) throws IOException {
        Files.createDirectories(target.getParent());
        if (Files.isDirectory(of(descriptor))) {
            Files.createDirectories(target);
        } else if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            Files.createFile(target);
        }
        Linux.bindMount(of(descriptor), target);
        return target;
    }

    private static ContainerConfigException leadsOut(String subPath) {
        return new ContainerConfigException("subPath \"" + subPath + "\" leads out of its volume");
    }

    /** Unmounts what was bound for a container; must come before its bundle is deleted, or the volume would be, too. */
    public static void release(Path bundle) {
        Path directory = bundle.resolve(DIRECTORY);
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> mounts = Files.list(directory)) {
            for (Path mount : mounts.toList()) {
                while (Linux.unmount(mount)) {
                    // A start that was repeated may have mounted it twice.
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot release the parts of volumes below " + bundle, e);
        }
    }
}
