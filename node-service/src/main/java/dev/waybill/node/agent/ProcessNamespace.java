package dev.waybill.node.agent;

import dev.waybill.node.kernel.Linux;
import dev.waybill.node.network.PodNamespaces;
import dev.waybill.node.oci.InitSpec;
import dev.waybill.node.oci.RuntimeHandler;
import dev.waybill.node.pod.IdRange;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.storage.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The process namespace of a pod whose containers see each other's processes. The kernel ends such a namespace with its
 * first process (pid_namespaces(7)), so it has one that does nothing but reap: a container of the pod's own runtime in the
 * pod's control group, held by nobody, that outlives the agent. When it is killed all processes of the pod end, and the
 * next start of a container makes another. Thread-safe for different pods.
 */
final class ProcessNamespace {
    /** No container can have this name. */
    private static final String NAME = "_init";

    private final NodeHost host;

    ProcessNamespace(NodeHost host) {
        this.host = host;
    }

    /** The file that stands for the namespace, whose first process lives. */
    Path ensure(PodSpec pod, RuntimeHandler handler, @Nullable IdRange users) {
        PodPaths paths = host.paths(pod.uid());
        Path file = paths.namespaces().resolve(PodNamespaces.PID);
        Path bundle = paths.bundle(NAME, 0);
        try {
            if (!lives(bundle, file)) {
                remove(pod);
                Files.createDirectories(paths.namespaces());
                InitSpec.write(bundle, paths.containerGroup(pod, NAME), paths.namespaces(), users);
                int pid = host.runtime().runDetached(handler, users != null, id(pod), bundle);
                Files.createFile(file);
                Linux.bindMount(Path.of("/proc", Integer.toString(pid), "ns/pid"), file);
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the pod's process namespace: " + e.getMessage(), e);
        }
    }

    /** Whether the first process is in the namespace that the file stands for, and not about to end. */
    private static boolean lives(Path bundle, Path file) throws IOException {
        Path pid = bundle.resolve("pid");
        if (!Files.exists(pid) || !Files.exists(file)) {
            return false;
        }
        Path process = Path.of("/proc", Files.readString(pid).strip());
        try {
            // A process that ends has no program before its namespace takes no more processes.
            Files.readSymbolicLink(process.resolve("exe"));
            return Files.isSameFile(process.resolve("ns/pid"), file);
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** Ends the first process, and with it all others. */
    void remove(PodSpec pod) {
        PodPaths paths = host.paths(pod.uid());
        Path bundle = paths.bundle(NAME, 0);
        if (!Files.exists(bundle)) {
            return;
        }
        host.runtime().delete(id(pod));
        try {
            Path file = paths.namespaces().resolve(PodNamespaces.PID);
            Linux.unmount(file);
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove the process namespace of pod " + pod.key(), e);
        }
        Trees.delete(bundle);
    }

    private static String id(PodSpec pod) {
        return PodPaths.containerId(pod.uid(), NAME, 0);
    }
}
