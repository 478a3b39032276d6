package dev.waybill.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The distribution's {@code redis-server} as a child process on loopback, behind a password of its own, which
 * its directory keeps, and without persistence: what it holds can always be folded again. A server that an earlier crash
 * left behind is ended first, by its pid file; one that dies while it is wanted is started again, empty. Used by one
 * thread.
 */
public final class EmbeddedRedis implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final Logger log = LoggerFactory.getLogger(EmbeddedRedis.class);

    private final Path directory;
    private final int port;
    private final String url;
    private volatile Process process;
    private volatile boolean closing;

    private EmbeddedRedis(Path directory, int port, String url, Process process) {
        this.directory = directory;
        this.port = port;
        this.url = url;
        this.process = process;
        watch(process);
    }

    /** Starts a server on a free port: for tests. */
    public static EmbeddedRedis start(Path directory) {
        return start(directory, EmbeddedKafka.freePort());
    }

    /**
     * Starts a server and returns when it takes connections.
     *
     * @param directory where its configuration, pid file and log go
     * @param port where it listens, on 127.0.0.1
     */
    public static EmbeddedRedis start(Path directory, int port) {
        try {
            Files.createDirectories(directory);
            endLeftOver(directory);
            String password = password(directory.resolve("redis.password"));
            Path configuration = directory.resolve("redis.conf");
            writeForOwner(configuration, """
                    bind 127.0.0.1
                    port %d
                    requirepass %s
                    save ""
                    appendonly no
                    maxmemory 256mb
                    maxmemory-policy noeviction
                    dir %s
                    """.formatted(port, password, directory));
            return new EmbeddedRedis(
                    directory, port, "redis://:" + password + "@127.0.0.1:" + port, launch(directory, port));
        } catch (IOException e) {
            throw new IllegalStateException("redis-server does not start", e);
        }
    }

    private static Process launch(Path directory, int port) throws IOException {
        Process process = new ProcessBuilder(
                        "redis-server", directory.resolve("redis.conf").toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("redis.log").toFile())
                .start();
        Files.writeString(directory.resolve("redis.pid"), Long.toString(process.pid()));
        awaitPort(process, port, directory);
        return process;
    }

    /** Whoever ends a server on purpose takes its pid file away first. */
    private void watch(Process running) {
        running.onExit().thenAcceptAsync(ended -> {
            Path pidFile = directory.resolve("redis.pid");
            try {
                Thread.sleep(PAUSE);
                if (!closing
                        && Files.exists(pidFile)
                        && Files.readString(pidFile).strip().equals(Long.toString(ended.pid()))) {
                    log.warn("redis-server ended with {}; starting it again", ended.exitValue());
                    process = launch(directory, port);
                    watch(process);
                }
            } catch (IOException | IllegalStateException e) {
                log.error("redis-server cannot be started again", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** Where it listens, with the password. */
    public String url() {
        return url;
    }

    public long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        closing = true;
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

    /** The same after a restart, so that clients find their way back. */
    private static String password(Path file) throws IOException {
        if (Files.exists(file)) {
            return Files.readString(file).strip();
        }
        byte[] random = new byte[24];
        new SecureRandom().nextBytes(random);
        String password = HexFormat.of().formatHex(random);
        writeForOwner(file, password);
        return password;
    }

    private static void writeForOwner(Path file, String text) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Files.deleteIfExists(part);
        Files.createFile(part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(part, text);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void awaitPort(Process process, int port, Path directory) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!listens(port)) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                process.destroyForcibly();
                throw new IllegalStateException("redis-server did not come up; see " + directory.resolve("redis.log"));
            }
            try {
                Thread.sleep(Duration.ofMillis(5));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while starting redis-server", e);
            }
        }
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** Ends a server that a crash left behind in this directory, if there is one. */
    public static void endLeftOver(Path directory) throws IOException {
        Path pidFile = directory.resolve("redis.pid");
        if (!Files.exists(pidFile)) {
            return;
        }
        String pid = Files.readString(pidFile).strip();
        Files.delete(pidFile);
        Optional<ProcessHandle> leftOver = ProcessHandle.of(Long.parseLong(pid));
        Path commandLine = Path.of("/proc", pid, "cmdline");
        if (leftOver.isPresent()
                && Files.exists(commandLine)
                && Files.readString(commandLine).contains("redis-server")) {
            leftOver.get().destroyForcibly();
            leftOver.get().onExit().orTimeout(5, TimeUnit.SECONDS).join();
        }
    }
}
