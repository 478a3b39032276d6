package dev.waybill.system;

import dev.waybill.embedded.EmbeddedKafka;
import dev.waybill.standalone.Standalone;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Everything in one JVM, started as {@code ./waybill up} starts it, to be killed and started again. */
final class StandaloneProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final int PORTS = 20;

    private final Path data;
    private final Program program;

    private StandaloneProcess(Path directory) {
        this.data = directory.resolve("data");
        this.program = Program.main(
                "standalone",
                Standalone.class,
                List.of("--data", data.toString(), "--port-base", Integer.toString(freeBlock())),
                directory);
    }

    /** Starts on an empty directory and returns when it is ready. */
    static StandaloneProcess start(Path directory) throws Exception {
        StandaloneProcess process = new StandaloneProcess(directory);
        try {
            process.start();
            process.awaitReady();
            return process;
        } catch (Exception | Error e) {
            process.close();
            throw e;
        }
    }

    /** Starts it, or starts it again, without waiting. */
    void start() throws IOException {
        Files.deleteIfExists(data.resolve("ready"));
        program.start();
    }

    void awaitReady() throws InterruptedException {
        Eventually.within(PATIENCE, "standalone is ready, see " + program.log(), () -> {
            if (!program.isAlive()) {
                throw new AssertionError("standalone ended, see " + program.log());
            }
            return Files.exists(data.resolve("ready"));
        });
    }

    void kill9() throws InterruptedException {
        program.kill9();
    }

    Path data() {
        return data;
    }

    Path kubeconfig() {
        return data.resolve("kubeconfig");
    }

    /** A client with the administrator's credential; to be closed. */
    KubernetesClient client() {
        try {
            return Clients.of(Files.readString(kubeconfig()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The Redis that the process started last. */
    Optional<ProcessHandle> redis() throws IOException {
        Path file = data.resolve("redis/redis.pid");
        return Files.exists(file)
                ? ProcessHandle.of(Long.parseLong(Files.readString(file).strip()))
                : Optional.empty();
    }

    /**
     * Pids of the processes that hold this machine's containers (conmon), which must outlive every kill. None where no
     * node runs or no container could be started.
     */
    Set<Long> containerPids() {
        return ProcessHandle.allProcesses()
                .filter(process -> commandLine(process).contains("conmon")
                        && commandLine(process).contains(data.toString()))
                .map(ProcessHandle::pid)
                .collect(Collectors.toSet());
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"))
                    .replace('\0', ' ');
        } catch (IOException e) {
            return ""; // it ended meanwhile
        }
    }

    /** The first of some ports in a row that nobody listens on. */
    private static int freeBlock() {
        int base = EmbeddedKafka.freePort();
        for (int port = base; port < base + PORTS; port++) {
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                assert socket.isBound();
            } catch (IOException e) {
                return freeBlock();
            }
        }
        return base;
    }

    @Override
    public void close() {
        program.close();
        try {
            // Where the last thing was a kill, nobody came to end what it left.
            redis().filter(redis -> commandLine(redis).contains("redis-server"))
                    .ifPresent(ProcessHandle::destroyForcibly);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
