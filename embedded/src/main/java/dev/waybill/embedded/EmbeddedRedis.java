package dev.waybill.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The distribution's {@code redis-server} as a child process on a Unix socket, without persistence: what it holds can
 * always be folded again. A server that an earlier crash left behind is ended first, by its pid file. Used by one
 * thread.
 */
public final class EmbeddedRedis implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Process process;
    private final Path socket;

    private EmbeddedRedis(Process process, Path socket) {
        this.process = process;
        this.socket = socket;
    }

    /**
     * Starts a server and returns when its socket is there.
     *
     * @param directory where its socket, pid file and log go
     */
    public static EmbeddedRedis start(Path directory) {
        try {
            Files.createDirectories(directory);
            endLeftOver(directory);
            Path socket = directory.resolve("redis.sock");
            Files.deleteIfExists(socket);
            Process process = new ProcessBuilder(
                            "redis-server",
                            "--port",
                            "0",
                            "--unixsocket",
                            socket.toString(),
                            "--unixsocketperm",
                            "700",
                            "--save",
                            "",
                            "--appendonly",
                            "no",
                            "--maxmemory",
                            "256mb",
                            "--maxmemory-policy",
                            "noeviction",
                            "--dir",
                            directory.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("redis.log").toFile())
                    .start();
            Files.writeString(directory.resolve("redis.pid"), Long.toString(process.pid()));
            awaitSocket(process, socket);
            return new EmbeddedRedis(process, socket);
        } catch (IOException e) {
            throw new IllegalStateException("redis-server does not start", e);
        }
    }

    /** Where it listens. */
    public Path socket() {
        return socket;
    }

    public long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private static void awaitSocket(Process process, Path socket) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!Files.exists(socket)) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                process.destroyForcibly();
                throw new IllegalStateException(
                        "redis-server did not come up; see " + socket.resolveSibling("redis.log"));
            }
            try {
                Thread.sleep(Duration.ofMillis(5));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while starting redis-server", e);
            }
        }
    }

    private static void endLeftOver(Path directory) throws IOException {
        Path pidFile = directory.resolve("redis.pid");
        if (!Files.exists(pidFile)) {
            return;
        }
        String pid = Files.readString(pidFile).strip();
        Optional<ProcessHandle> leftOver = ProcessHandle.of(Long.parseLong(pid));
        Path commandLine = Path.of("/proc", pid, "cmdline");
        if (leftOver.isPresent()
                && Files.exists(commandLine)
                && Files.readString(commandLine).contains("redis-server")) {
            leftOver.get().destroyForcibly();
            leftOver.get().onExit().orTimeout(5, TimeUnit.SECONDS).join();
        }
        Files.deleteIfExists(pidFile);
    }
}
