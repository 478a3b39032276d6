package dev.waybill.node.network;

import dev.waybill.node.kernel.Linux;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

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

    /** Makes the missing ones; a pod on the host's network gets only its own UTS and IPC where asked. */
    public static void create(Path directory, String hostname, boolean network, boolean ipc) {
        if (exist(directory, network, ipc)) {
            return;
        }
        remove(directory);
        CompletableFuture<Void> done = new CompletableFuture<>();
        // unshare(2) moves the calling thread for ever, so the thread ends afterwards.
        Thread.ofPlatform().name("pod-namespaces").start(() -> {
            try {
                enter(directory, hostname, network, ipc);
                done.complete(null);
            } catch (RuntimeException | IOException e) {
                done.completeExceptionally(e);
            }
        });
        try {
            done.join();
        } catch (CompletionException e) {
            throw new IllegalStateException("cannot make the pod's namespaces: " + e.getCause(), e);
        }
    }

    private static void enter(Path directory, String hostname, boolean network, boolean ipc) throws IOException {
        Files.createDirectories(directory);
        Linux.unshare((network ? Linux.CLONE_NEWNET | Linux.CLONE_NEWUTS : 0) | (ipc ? Linux.CLONE_NEWIPC : 0));
        if (network) {
            Linux.setHostName(hostname);
            Linux.interfaceUp("lo");
        }
        for (String name : names(network, ipc)) {
            Path file = directory.resolve(name);
            if (!Files.exists(file)) {
                Files.createFile(file);
            }
            Linux.bindMount(Path.of("/proc/thread-self/ns", name), file);
        }
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
