package dev.waybill.node.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Moves a thread of this process to the group in which it is, which changes nothing, while a runtime is about to move a
 * process to its group. The first move after a while waits until all CPUs have seen that one is to come (the percpu
 * semaphore in kernel/cgroup/cgroup.c, an RCU grace period), 5 to 15 ms; those that follow within as much do not. So the
 * wait goes on beside what is done before the runtime is there, and is over when it is. Where a thread cannot be moved the
 * runtime waits as ever. Thread-safe.
 */
final class ExpectedMoves {
    /** Less than a grace period takes. */
    private static final Duration STEP = Duration.ofMillis(3);

    private static final ExecutorService THREAD = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("expected-moves").daemon().factory());

    private final Path hierarchy;
    private final String controller;
    private final String threads;
    private final AtomicInteger expected = new AtomicInteger();

    /**
     * Prepares it.
     *
     * @param controller the hierarchy's name in proc(5), /proc/PID/cgroup
     * @param threads the file that moves a thread
     */
    ExpectedMoves(Path hierarchy, String controller, String threads) {
        this.hierarchy = hierarchy;
        this.controller = controller;
        this.threads = threads;
    }

    /** Expects a move until the answer is closed. */
    Cgroups.Expectation begin() {
        if (expected.getAndIncrement() == 0) {
            THREAD.execute(this::moveOn);
        }
        AtomicBoolean over = new AtomicBoolean();
        return () -> {
            if (over.compareAndSet(false, true)) {
                expected.decrementAndGet();
            }
        };
    }

    private void moveOn() {
        try {
            while (expected.get() > 0) {
                move();
                Thread.sleep(STEP);
            }
        } catch (IOException e) {
            // The runtime waits instead.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The group into which the calling thread was moved, as it is written in /proc. */
    String move() throws IOException {
        String group = group();
        // By its number: a 0, for the writer itself, is moved without the lock that is to be prepared.
        String thread = Files.readSymbolicLink(Path.of("/proc/thread-self"))
                .getFileName()
                .toString();
        Files.writeString(hierarchy.resolve(group.substring(1)).resolve(threads), thread);
        return group;
    }

    private String group() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/thread-self/cgroup"))) {
            String[] fields = line.split(":", 3);
            if (List.of(fields[1].split(",", -1)).contains(controller)) {
                return fields[2];
            }
        }
        throw new IOException("no group of " + controller);
    }
}
