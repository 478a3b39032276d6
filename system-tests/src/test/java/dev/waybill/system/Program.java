package dev.waybill.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One program of the system as a process of its own, with its log in a file; may be killed and started again. */
final class Program implements AutoCloseable {
    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

    /** For a short life on a busy machine. */
    private static final List<String> JVM = List.of(
            "-Xmx384m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow");

    private final String name;
    private final List<String> command;
    private final Map<String, String> environment;
    private final Path directory;
    private Process process;

    private Program(String name, List<String> command, Map<String, String> environment, Path directory) {
        this.name = name;
        this.command = command;
        this.environment = environment;
        this.directory = directory;
    }

    /**
     * A service's runnable jar, not yet started.
     *
     * @param directory its working directory, where it finds {@code <service>.yml} if there is one
     */
    static Program jar(String service, Map<String, String> environment, Path directory) {
        Path jar = Repository.module(service)
                .resolve("target")
                .resolve(service + "-" + Repository.version() + "-exec.jar");
        assertThat(jar).isRegularFile();
        return java(service, List.of("-jar", jar.toString()), environment, directory);
    }

    /** A main class of the test's own class path, not yet started. */
    static Program main(String name, Class<?> main, List<String> arguments, Path directory) {
        List<String> all = new ArrayList<>(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        all.addAll(arguments);
        return java(name, all, Map.of(), directory);
    }

    private static Program java(String name, List<String> arguments, Map<String, String> environment, Path directory) {
        List<String> command = new ArrayList<>(List.of(JAVA.toString()));
        command.addAll(JVM);
        command.addAll(arguments);
        return new Program(name, command, environment, directory);
    }

    /** Starts it, or starts it again. */
    Program start() throws IOException {
        Files.createDirectories(directory);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
        builder.environment().putAll(environment);
        process = builder.start();
        return this;
    }

    /** Waits for the n-th time that its log, all starts together, has a line with this text. */
    void awaitLine(String text, int times, Duration limit) throws Exception {
        Eventually.within(limit, name + " says '" + text + "', see " + log(), () -> {
            assertThat(process.isAlive()).as("%s runs, see %s", name, log()).isTrue();
            return Files.readAllLines(log()).stream()
                            .filter(line -> line.contains(text))
                            .count()
                    >= times;
        });
    }

    /** SIGKILL: no shutdown hook runs, no buffer is flushed. */
    void kill9() throws InterruptedException {
        process.destroyForcibly();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("%s is gone", name).isTrue();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    String name() {
        return name;
    }

    Path log() {
        return directory.resolve(name + ".log");
    }

    /** SIGTERM, and SIGKILL where that does not end it. */
    @Override
    public void close() {
        if (process == null || !process.isAlive()) {
            return;
        }
        process.destroy();
        try {
            if (!process.waitFor(90, TimeUnit.SECONDS)) {
                kill9();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
