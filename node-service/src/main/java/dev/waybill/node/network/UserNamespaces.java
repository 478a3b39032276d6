package dev.waybill.node.network;

import dev.waybill.node.kernel.Linux;
import dev.waybill.node.pod.IdRange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The namespaces of a pod whose user ids are its own: a user namespace, and network, IPC and UTS namespaces that it owns,
 * so that the pod's root may set them up (user_namespaces(7)); kept like those of {@link PodNamespaces}. Thread-safe per
 * directory.
 */
public final class UserNamespaces {
    private static final List<String> NAMES =
            List.of(PodNamespaces.USER, PodNamespaces.NETWORK, PodNamespaces.IPC, PodNamespaces.UTS);

    private UserNamespaces() {}

    /** Makes them anew. A process of many threads, such as this one, may not unshare users: one of its own does. */
    public static void create(Path directory, String hostname, IdRange ids) {
        PodNamespaces.remove(directory);
        try {
            Files.createDirectories(directory);
            Process holder = new ProcessBuilder(
                            "unshare", "--user", "--net", "--ipc", "--uts", "sh", "-c", "echo made; exec cat")
                    .redirectErrorStream(true)
                    .start();
            try {
                keep(holder, directory, ids);
            } finally {
                holder.getOutputStream().close();
                if (!holder.waitFor(10, TimeUnit.SECONDS)) {
                    holder.destroyForcibly();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the pod's user namespace: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the pod's user namespace was made", e);
        }
        PodNamespaces.onOwnThread(() -> {
            Linux.enterUts(directory.resolve(PodNamespaces.UTS));
            Linux.setHostName(hostname);
            Linux.enterNetwork(directory.resolve(PodNamespaces.NETWORK));
            Linux.interfaceUp("lo");
        });
    }

    private static void keep(Process holder, Path directory, IdRange ids) throws IOException {
        String answer = holder.inputReader().readLine();
        if (!"made".equals(answer)) {
            throw new IOException(answer == null ? "unshare ended at once" : answer);
        }
        Path process = Path.of("/proc", Long.toString(holder.pid()));
        String map = "0 " + ids.first() + " " + ids.count() + "\n";
        Files.writeString(process.resolve("uid_map"), map);
        Files.writeString(process.resolve("gid_map"), map);
        for (String name : NAMES) {
            Path file = directory.resolve(name);
            if (!Files.exists(file)) {
                Files.createFile(file);
            }
            Linux.bindMount(process.resolve("ns").resolve(name), file);
        }
    }

    /**
     * The directory on the way to {@code path} that nobody but its owner may pass, if there is one: the pod's root, who is
     * nobody on the machine, has to.
     */
    public static Optional<Path> barrier(Path path) {
        try {
            for (Path part = path.toRealPath(); part != null; part = part.getParent()) {
                if (!Files.getPosixFilePermissions(part).contains(PosixFilePermission.OTHERS_EXECUTE)) {
                    return Optional.of(part);
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look at " + path, e);
        }
    }

    /** Whether all of them stand; not after a restart of the machine. */
    public static boolean exist(Path directory) {
        return NAMES.stream().map(directory::resolve).allMatch(PodNamespaces::stands);
    }
}
