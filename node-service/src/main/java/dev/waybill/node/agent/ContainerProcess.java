package dev.waybill.node.agent;

import dev.waybill.node.cgroup.CgroupLimitException;
import dev.waybill.node.cgroup.Cgroups;
import dev.waybill.node.logs.LogTailText;
import dev.waybill.node.oci.CommandFailedException;
import dev.waybill.node.oci.ExitFiles;
import dev.waybill.node.oci.OciRuntime;
import dev.waybill.node.oci.RuntimeHandler;
import dev.waybill.node.pod.ContainerConfigException;
import dev.waybill.node.pod.ContainerSpec;
import dev.waybill.node.pod.ContainerState;
import dev.waybill.node.pod.ImageFacts;
import dev.waybill.node.pod.ObjectSource;
import dev.waybill.node.pod.PodRecovery;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.pod.Termination;
import dev.waybill.node.resources.ContainerLimits;
import dev.waybill.node.storage.StorageDriver;
import dev.waybill.node.storage.SubPaths;
import dev.waybill.node.storage.Trees;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Starts, signals and clears away the containers of pods whose sandbox stands. Thread-safe for different pods. */
final class ContainerProcess {
    private static final int TERMINATION_MESSAGE_BYTES = 4096;

    private final NodeHost host;
    private final PodIsolation isolation;
    private final ContainerBundle bundles;

    ContainerProcess(NodeHost host, ObjectSource objects, PodIsolation isolation) {
        this.host = host;
        this.isolation = isolation;
        this.bundles = new ContainerBundle(host, objects, isolation);
    }

    /** A process that was started; {@code limits} are the control group's files as read back. */
    record Started(String containerId, int pid, Instant at, Map<String, String> limits) {}

    /** Called between creation and start. */
    interface Created {
        void created(String containerId);
    }

    /**
     * Creates the container and starts its process.
     *
     * @param processNamespace the one to join; null for one of its own
     * @throws ContainerConfigException when it cannot be configured as the pod says
     * @throws CommandFailedException when the runtime refused it
     */
    Started start(
            PodSpec pod,
            ContainerSpec container,
            int attempt,
            ImageFacts image,
            String podIp,
            @Nullable Path processNamespace,
            Created listener) {
        PodPaths paths = host.paths(pod.uid());
        String id = PodPaths.containerId(pod.uid(), container.name(), attempt);
        clear(pod, container.name(), attempt);
        if (attempt > 0 && Files.exists(paths.bundle(container.name(), attempt - 1))) {
            clear(pod, container.name(), attempt - 1);
        }
        forgetOlder(paths, container.name(), attempt);
        try {
            ContainerLimits wanted = host.limitsOf(pod, container);
            RuntimeHandler runtime = isolation.runtime(pod);
            int pid;
            try (Cgroups.Expectation _ = host.cgroups().expectMove()) {
                bundles.write(pod, container, attempt, image, podIp, processNamespace, wanted);
                pid = create(runtime, pod, container, attempt);
            }
            Map<String, String> limits = limit(pod, container, wanted);
            if (!runtime.sandboxed()) {
                limits.putAll(ProcessLimits.verified(pid, wanted));
            }
            listener.created(id);
            host.runtime().start(id);
            return new Started(id, pid, Instant.now(), limits);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot prepare container " + container.name(), e);
        } catch (RuntimeException e) {
            clear(pod, container.name(), attempt);
            throw e;
        }
    }

    private int create(RuntimeHandler runtime, PodSpec pod, ContainerSpec container, int attempt) throws IOException {
        PodPaths paths = host.paths(pod.uid());
        Files.createDirectories(paths.logs(container.name()));
        return host.runtime()
                .create(
                        runtime,
                        pod.ownUsers(),
                        PodPaths.containerId(pod.uid(), container.name(), attempt),
                        paths.bundle(container.name(), attempt),
                        paths.log(container.name(), attempt),
                        container.stdin(),
                        container.tty());
    }

    /** Sets the limits of a container's control group and returns them as the kernel has them. */
    private Map<String, String> limit(PodSpec pod, ContainerSpec container, ContainerLimits wanted) {
        String group = host.paths(pod.uid()).containerGroup(pod, container.name());
        try {
            return host.cgroups().apply(group, wanted.cgroup());
        } catch (CgroupLimitException e) {
            throw new ContainerConfigException(String.valueOf(e.getMessage()));
        }
    }

    void signal(String containerId, int signal) {
        host.runtime().kill(containerId, signal);
    }

    /** How a container that had run ended; empty while its process runs. */
    Optional<Termination> ended(PodSpec pod, ContainerState container, ContainerSpec spec) {
        String id = PodPaths.containerId(pod.uid(), container.name(), container.attempt());
        return ExitFiles.read(host.runtime().exits(), id)
                .map(exit -> termination(pod, container, spec, id, exit.code(), exit.at()));
    }

    private Termination termination(
            PodSpec pod, ContainerState container, ContainerSpec spec, String id, int code, Instant at) {
        PodPaths paths = host.paths(pod.uid());
        String message = message(paths.bundle(spec.name(), container.attempt()));
        boolean oom = host.cgroups().oomKills(paths.containerGroup(pod, container.name())) > 0;
        return new Termination(
                id,
                code,
                Termination.reasonOf(code, oom),
                message.isEmpty() && code != 0 && spec.messageFromLog()
                        ? LogTailText.of(paths.log(spec.name(), container.attempt()))
                        : message,
                oom,
                container.startedAt(),
                at);
    }

    /** What the process wrote to its termination log. */
    private static String message(Path bundle) {
        Path file = bundle.resolve(ContainerBundle.TERMINATION_LOG);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return "";
        }
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(TERMINATION_MESSAGE_BYTES), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    /** What became of a container that was starting or running when the agent ended. */
    PodRecovery.Found find(PodSpec pod, ContainerState container, ContainerSpec spec) {
        Optional<Termination> ended = ended(pod, container, spec);
        if (ended.isPresent()) {
            return new PodRecovery.Found.Ended(ended.get());
        }
        String id = PodPaths.containerId(pod.uid(), container.name(), container.attempt());
        Optional<OciRuntime.Found> found = host.runtime().find(id);
        boolean began = container.phase() == ContainerState.Phase.RUNNING;
        if (found.isPresent() && found.get().status().equals("running")) {
            @Nullable Instant since = container.startedAt();
            return new PodRecovery.Found.Running(
                    id, found.get().pid(), since == null ? found.get().created() : since);
        }
        return began ? new PodRecovery.Found.Lost() : new PodRecovery.Found.NotStarted();
    }

    /**
     * Whether a process that is thought to run does. One that has ended stays in the kernel's table as long as its shim
     * hangs; one whose first thread has ended may run in others (proc(5), /proc/PID/stat).
     */
    boolean runs(ContainerState container) {
        Path process = Path.of("/proc", Integer.toString(container.pid()));
        try {
            String stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
            char state = stat.charAt(stat.lastIndexOf(')') + 2);
            return (state != 'Z' && state != 'X') || hasThreads(process);
        } catch (IOException | UncheckedIOException e) {
            return false;
        }
    }

    private static boolean hasThreads(Path process) throws IOException {
        try (Stream<Path> threads = Files.list(process.resolve("task"))) {
            return threads.count() > 1;
        }
    }

    /** Whether the container's shim lives. */
    boolean held(PodSpec pod, ContainerState container) {
        return OciRuntime.isHeld(
                container.containerId(), host.paths(pod.uid()).bundle(container.name(), container.attempt()));
    }

    /** Removes the container from the runtime, its root file system and its exit code; its log stays. */
    void clear(PodSpec pod, String container, int attempt) {
        String id = PodPaths.containerId(pod.uid(), container, attempt);
        Path bundle = host.paths(pod.uid()).bundle(container, attempt);
        host.runtime().abandon(id, bundle);
        host.runtime().delete(id);
        StorageDriver.removeRoot(bundle);
        SubPaths.release(bundle);
        Trees.delete(bundle);
        host.runtime().forgetExit(id);
    }

    /** Of earlier starts only the log of the last one is kept. */
    private static void forgetOlder(PodPaths paths, String container, int attempt) {
        Path logs = paths.logs(container);
        if (!Files.isDirectory(logs)) {
            return;
        }
        try (Stream<Path> files = Files.list(logs)) {
            for (Path file : files.toList()) {
                String number = file.getFileName().toString().replaceFirst("\\..*", "");
                if (Integer.parseInt(number) < attempt - 1) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot clear " + logs, e);
        }
    }
}
