package dev.waybill.node.network;

import dev.waybill.node.kernel.Linux;
import dev.waybill.node.kernel.SeparateThread;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The network, IPC and UTS namespaces that the containers of a pod share, kept by bind mounts in a directory, so no
 * pause process is needed and no death of a process ends them. Thread-safe per directory.
 */
public final class PodNamespaces {
    public static final String NETWORK = "net";
    public static final String IPC = "ipc";
    public static final String UTS = "uts";
    /** Of a pod whose user ids are its own; it owns the others. */
    public static final String USER = "user";
    /** Of a pod whose containers see each other's processes. */
    public static final String PID = "pid";

    private PodNamespaces() {}

    /** Makes them anew; a pod on the host's network gets only its own UTS and IPC where asked. */
    public static void create(Path directory, String hostname, boolean network, boolean ipc) {
        create(directory, hostname, network, null, ipc);
    }

    /** The same with a network namespace that is there already: it is mounted here too. */
    public static void create(Path directory, String hostname, Path readyNetwork, boolean ipc) {
        create(directory, hostname, true, readyNetwork, ipc);
    }

    /** Makes a network namespace alone, its loopback up. */
    public static void createNetwork(Path directory) {
        remove(directory);
        onOwnThread(() -> {
            Files.createDirectories(directory);
            Linux.unshare(Linux.CLONE_NEWNET);
            Linux.interfaceUp("lo");
            keep(directory, NETWORK, Path.of("/proc/thread-self/ns", NETWORK));
        });
    }

    private static void create(
            Path directory, String hostname, boolean network, @Nullable Path readyNetwork, boolean ipc) {
        remove(directory);
        onOwnThread(() -> enter(directory, hostname, network, readyNetwork, ipc));
    }

    interface Making {
        void run() throws IOException;
    }

    static void onOwnThread(Making making) {
        try {
            SeparateThread.call("pod-namespaces", () -> {
                making.run();
                return true;
            });
        } catch (IOException | RuntimeException e) {
            throw new IllegalStateException("cannot make the pod's namespaces: " + e, e);
        }
    }

    private static void enter(
            Path directory, String hostname, boolean network, @Nullable Path readyNetwork, boolean ipc)
            throws IOException {
        Files.createDirectories(directory);
        boolean newNetwork = network && readyNetwork == null;
        Linux.unshare((newNetwork ? Linux.CLONE_NEWNET : 0)
                | (network ? Linux.CLONE_NEWUTS : 0)
                | (ipc ? Linux.CLONE_NEWIPC : 0));
        if (network) {
            Linux.setHostName(hostname);
        }
        if (newNetwork) {
            Linux.interfaceUp("lo");
        }
        for (String name : names(network, ipc)) {
            if (readyNetwork != null && name.equals(NETWORK)) {
                keep(directory, name, readyNetwork);
            } else {
                keep(directory, name, Path.of("/proc/thread-self/ns", name));
            }
        }
    }

    private static void keep(Path directory, String name, Path namespace) throws IOException {
        Path file = directory.resolve(name);
        if (!Files.exists(file)) {
            Files.createFile(file);
        }
        Linux.bindMount(namespace, file);
    }

    private static List<String> names(boolean network, boolean ipc) {
        List<String> names = new ArrayList<>();
        if (network) {
            names.add(NETWORK);
            names.add(UTS);
        }
        if (ipc) {
            names.add(IPC);
        }
        return names;
    }

    /** Whether all of them stand; not after a restart of the machine. */
    public static boolean exist(Path directory, boolean network, boolean ipc) {
        return names(network, ipc).stream().map(directory::resolve).allMatch(PodNamespaces::stands);
    }

    /** Whether there is a network namespace in the directory. */
    static boolean isNetwork(Path directory) {
        return stands(directory.resolve(NETWORK));
    }

    /** Whether a namespace is mounted on the file. */
    static boolean stands(Path file) {
        return Files.exists(file) && Linux.fileSystemType(file) == Linux.NSFS_MAGIC;
    }

    /** Removes whatever there is of them. */
    public static void remove(Path directory) {
        for (String name : List.of(NETWORK, UTS, IPC, PID, USER)) {
            Path file = directory.resolve(name);
            try {
                boolean mounted = true;
                while (mounted) {
                    // A start that was interrupted may have mounted twice.
                    mounted = Linux.unmount(file);
                }
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot remove " + file, e);
            }
        }
    }
}
