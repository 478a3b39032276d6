package dev.waybill.node.oci;

import dev.waybill.node.kernel.Child;
import dev.waybill.node.kernel.Child.Stream;
import dev.waybill.node.kernel.Descriptor;
import dev.waybill.node.kernel.KernelException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Runs a program to its end; one that takes too long is killed with what it started. Thread-safe. */
public final class Command {
    /** How long a program may take; tests that let programs hang shorten it. */
    public static final Duration LIMIT = Duration.ofSeconds(Long.getLong("waybill.node.program-limit", 60));

    private static final int PIPE_BYTES = 4096;

    /** As much of a probe's output as the kubelet takes. */
    private static final int MOST_OUTPUT = 10 << 10;

    /** How long output is waited for before the program is looked at. */
    private static final Duration LOOK = Duration.ofMillis(100);

    private static final ScheduledThreadPoolExecutor DEADLINES = deadlines();

    private Command() {}

    private static ScheduledThreadPoolExecutor deadlines() {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("command-deadlines").daemon().factory());
        executor.setRemoveOnCancelPolicy(true);
        return executor;
    }

    /** How a program ended, and what it wrote to its standard output. */
    public record Ended(int exitCode, String output) {}

    /** What it wrote, both streams. */
    public static String run(List<String> words) {
        return feed(words, "");
    }

    /** The same for a program that reads its standard input. */
    public static String feed(List<String> words, String input) {
        return checked(words, ended(words, Map.of(), input, new Stream.SameAs(1), LIMIT));
    }

    /**
     * Runs a program, whatever its exit code; what it writes to its standard error is lost.
     *
     * @param environment what it has beside this process's own
     * @throws CommandFailedException when it cannot be started or does not end in time
     */
    public static Ended run(List<String> words, Map<String, String> environment, String input, Duration limit) {
        return ended(words, environment, input, Stream.NOTHING, limit);
    }

    /** Runs a program in a directory with these streams, and returns when it has ended well. */
    static String run(List<String> words, Map<String, String> environment, Path directory, List<Stream> streams) {
        return onPlatformThread(() -> {
            try (Running running = new Running(words, environment, directory, streams, LIMIT)) {
                return checked(words, new Ended(running.await(), ""));
            }
        });
    }

    /** A program took too long. */
    public static final class LateException extends CommandFailedException {
        private static final long serialVersionUID = 1L;

        LateException(String message) {
            super(message);
        }
    }

    /**
     * Runs a program and returns how it ended, with the beginning of what it wrote. It is not waited for what it may have
     * left running.
     *
     * @throws LateException when it does not end in time
     */
    static Ended tried(List<String> words, Duration limit) {
        return onPlatformThread(() -> {
            try (Descriptor.Pipe from = Descriptor.pipe()) {
                List<Stream> streams = List.of(Stream.NOTHING, new Stream.Given(from.input()), new Stream.SameAs(1));
                try (Running running = new Running(words, Map.of(), null, streams, limit)) {
                    from.input().close();
                    CompletableFuture<Integer> end = running.end();
                    String output = beginning(from.output(), end);
                    return new Ended(running.inTime(end.join()), output);
                }
            }
        });
    }

    /** The first of what comes until the end of the stream, or of the program. */
    private static String beginning(Descriptor stdout, Future<Integer> end) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] buffer = new byte[PIPE_BYTES];
        while (true) {
            boolean ended = end.isDone();
            int count = stdout.awaitInput(ended ? Duration.ZERO : LOOK) ? stdout.read(buffer) : 0;
            bytes.write(buffer, 0, Math.clamp(count, 0, MOST_OUTPUT - bytes.size()));
            if (count < 0 || (ended && (count == 0 || bytes.size() == MOST_OUTPUT))) {
                return bytes.toString(StandardCharsets.UTF_8);
            }
        }
    }

    private static String checked(List<String> words, Ended ended) {
        if (ended.exitCode() != 0) {
            throw new CommandFailedException(words.getFirst() + ": exit " + ended.exitCode() + ": "
                    + ended.output().strip());
        }
        return ended.output();
    }

    private static Ended ended(
            List<String> words, Map<String, String> environment, String input, Stream errors, Duration limit) {
        return onPlatformThread(() -> {
            try (Descriptor.Pipe to = Descriptor.pipe();
                    Descriptor.Pipe from = Descriptor.pipe()) {
                List<Stream> streams = List.of(new Stream.Given(to.output()), new Stream.Given(from.input()), errors);
                try (Running running = new Running(words, environment, null, streams, limit)) {
                    to.output().close();
                    from.input().close();
                    feed(to.input(), input);
                    String output = everything(from.output());
                    return new Ended(running.await(), output);
                }
            }
        });
    }

    /** A program that ends without reading its input says why by its exit code. */
    private static void feed(Descriptor stdin, String input) {
        byte[] bytes = input.getBytes(StandardCharsets.UTF_8);
        try {
            stdin.write(bytes, 0, bytes.length);
        } catch (KernelException e) {
            // EPIPE
        }
        stdin.close();
    }

    private static String everything(Descriptor stdout) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] buffer = new byte[PIPE_BYTES];
        for (int count = stdout.read(buffer); count > 0; count = stdout.read(buffer)) {
            bytes.write(buffer, 0, count);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** A virtual thread would hold its carrier while it waits in the kernel. */
    private static <T> T onPlatformThread(Supplier<T> work) {
        if (!Thread.currentThread().isVirtual()) {
            return work.get();
        }
        CompletableFuture<T> done = CompletableFuture.supplyAsync(
                work, task -> Thread.ofPlatform().name("command").daemon().start(task));
        try {
            return done.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailedException("interrupted", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        }
    }

    /** A program with a deadline, after which it is killed. */
    private static final class Running implements AutoCloseable {
        private final String name;
        private final Duration limit;
        private final AtomicBoolean late = new AtomicBoolean();
        private final Child child;
        private final Future<?> deadline;

        Running(
                List<String> words,
                Map<String, String> environment,
                @Nullable Path directory,
                List<Stream> streams,
                Duration limit) {
            this.name = Path.of(words.getFirst()).getFileName().toString();
            this.limit = limit;
            try {
                child = Child.start(words, environment, directory, streams);
            } catch (KernelException e) {
                throw new CommandFailedException(name + ": " + e.getMessage(), e);
            }
            deadline = DEADLINES.schedule(this::kill, limit.toMillis(), TimeUnit.MILLISECONDS);
        }

        private void kill() {
            late.set(true);
            child.kill();
        }

        /** Its end, waited for by another thread. */
        CompletableFuture<Integer> end() {
            return CompletableFuture.supplyAsync(
                    child::await,
                    task -> Thread.ofPlatform().name("command-end").daemon().start(task));
        }

        int await() {
            return inTime(child.await());
        }

        int inTime(int code) {
            if (late.get()) {
                throw new LateException(name + ": no end after " + limit.toMillis() + " ms");
            }
            return code;
        }

        @Override
        public void close() {
            deadline.cancel(false);
        }
    }
}
