package dev.waybill.node.oci;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Runs a program to its end; one that takes too long is killed with what it started. Thread-safe. */
public final class Command {
    /** How long a program may take; tests that let programs hang shorten it. */
    public static final Duration LIMIT = Duration.ofSeconds(Long.getLong("waybill.node.program-limit", 60));

    private static final ScheduledThreadPoolExecutor DEADLINES = deadlines();

    private Command() {}

    private static ScheduledThreadPoolExecutor deadlines() {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("command-deadlines").daemon().factory());
        executor.setRemoveOnCancelPolicy(true);
        return executor;
    }

    /** How a program ended, and what it wrote to the streams that were not redirected. */
    public record Ended(int exitCode, String output) {}

    /** What it wrote, both streams. */
    public static String run(List<String> words) {
        return checked(words, new ProcessBuilder(words).redirectErrorStream(true), "");
    }

    /** The same for a program that reads its standard input. */
    public static String feed(List<String> words, String input) {
        return checked(words, new ProcessBuilder(words).redirectErrorStream(true), input);
    }

    /** Runs a program in a directory; its two streams go to files, since what it leaves running may write there later. */
    static void runInto(List<String> words, Path directory, Path output, Path errors) {
        checked(
                words,
                new ProcessBuilder(words)
                        .directory(directory.toFile())
                        .redirectOutput(output.toFile())
                        .redirectError(errors.toFile()),
                "");
    }

    /** Runs a program whose output nobody wants and returns its exit code. */
    static int exitCode(List<String> words, Duration limit) {
        ProcessBuilder builder = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        return run(builder, "", limit).exitCode();
    }

    private static String checked(List<String> words, ProcessBuilder builder, String input) {
        Ended ended = run(builder, input, LIMIT);
        if (ended.exitCode() != 0) {
            throw new CommandFailedException(words.getFirst() + ": exit " + ended.exitCode() + ": "
                    + ended.output().strip());
        }
        return ended.output();
    }

    /**
     * Runs a program, whatever its exit code.
     *
     * @throws CommandFailedException when it cannot be started or does not end in time
     */
    public static Ended run(ProcessBuilder builder, String input, Duration limit) {
        String name = Path.of(builder.command().getFirst()).getFileName().toString();
        AtomicBoolean late = new AtomicBoolean();
        try {
            Process process = builder.start();
            Future<?> deadline = DEADLINES.schedule(
                    () -> {
                        late.set(true);
                        kill(process.toHandle());
                    },
                    limit.toMillis(),
                    TimeUnit.MILLISECONDS);
            try {
                feed(process, input);
                String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                int code = process.waitFor();
                if (late.get()) {
                    throw new CommandFailedException(name + ": no end after " + limit.toMillis() + " ms");
                }
                return new Ended(code, output);
            } finally {
                deadline.cancel(false);
            }
        } catch (IOException e) {
            throw new CommandFailedException(name + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailedException(name + ": interrupted", e);
        }
    }

    /** A program that ends without reading its input says why by its exit code. */
    private static void feed(Process process, String input) {
        try (var stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // EPIPE
        }
    }

    /** Kills a process and all that it started. */
    static void kill(ProcessHandle process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
