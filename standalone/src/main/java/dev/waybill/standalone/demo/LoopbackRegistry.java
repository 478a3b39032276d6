package dev.waybill.standalone.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A real registry (the distribution's docker-registry) on loopback with its data in one directory. */
public final class LoopbackRegistry implements AutoCloseable {
    private static final Path PROGRAM = Path.of("/usr/bin/docker-registry");
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Process process;
    private final int port;

    private LoopbackRegistry(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    public static LoopbackRegistry start(Path directory) throws IOException, InterruptedException {
        return start(directory, "registry", "");
    }

    /** One more on the same data, for those only whom a file in the form of {@code htpasswd -B} knows. */
    public static LoopbackRegistry startClosed(Path directory, Path passwords)
            throws IOException, InterruptedException {
        return start(directory, "closed", "auth: {htpasswd: {realm: waybill, path: %s}}".formatted(passwords));
    }

    private static LoopbackRegistry start(Path directory, String name, String more)
            throws IOException, InterruptedException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        Path config = Files.writeString(
                directory.resolve(name + ".yml"), """
                version: 0.1
                log: {level: error}
                storage: {filesystem: {rootdirectory: %s}}
                http: {addr: '127.0.0.1:%d'}
                %s
                """.formatted(directory.resolve("registry"), port, more));
        Process process = new ProcessBuilder(PROGRAM.toString(), "serve", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve(name + ".log").toFile())
                .start();
        LoopbackRegistry registry = new LoopbackRegistry(process, port);
        registry.awaitListening();
        return registry;
    }

    private void awaitListening() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    throw new IOException("the registry does not listen on 127.0.0.1:" + port, e);
                }
                Thread.sleep(50);
            }
        }
    }

    /** Host and port, as image references begin. */
    public String host() {
        return "127.0.0.1:" + port;
    }

    public long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
