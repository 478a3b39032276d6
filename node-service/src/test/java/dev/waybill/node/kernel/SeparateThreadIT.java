package dev.waybill.node.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.testing.Threads;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads that go to other namespaces, beside those that carry everybody else. */
@Timeout(300)
class SeparateThreadIT {
    private static final int ROUNDS = 4;

    @BeforeEach
    void root() {
        assumeTrue("root".equals(System.getProperty("user.name")), "namespaces need root");
    }

    /** In a process of its own, whose carriers nobody has started yet. */
    @Test
    void noCarrierIsLeftInThem() throws Exception {
        assertThat(run("separate")).isEqualTo("");
    }

    /** What it is for: whoever is waited for by virtual threads starts carriers where it is. */
    @Test
    void aThreadThatWakesVirtualThreadsItselfWouldLeaveSome() throws Exception {
        assertThat(run("direct")).contains("carrier");
    }

    private static String run(String how) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-XX:+UseSerialGC",
                        "-Djdk.virtualThreadScheduler.parallelism=8",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SeparateThreadIT.class.getName(),
                        how)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        return output;
    }

    /**
     * Virtual threads have namespaces made while others keep the carriers busy that there are, so that each wants another
     * one when it is woken; prints the threads that are in other namespaces than the first one afterwards.
     */
    public static void main(String[] arguments) throws Exception {
        boolean separate = arguments[0].equals("separate");
        AtomicBoolean over = new AtomicBoolean();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < ROUNDS; i++) {
                Future<Boolean> woken = threads.submit(
                        () -> separate ? SeparateThread.call("apart", SeparateThreadIT::move) : direct());
                Thread.sleep(100);
                threads.submit(() -> {
                    while (!over.get()) {
                        Thread.onSpinWait();
                    }
                });
                woken.get();
            }
            over.set(true);
        }
        Thread.sleep(100); // those that are not to stay have ended
        Threads.astray().forEach(thread -> System.out.println("carrier " + thread));
    }

    private static boolean move() {
        Linux.unshare(Linux.CLONE_NEWNS);
        LockSupport.parkNanos(500_000_000);
        return true;
    }

    private static boolean direct() throws Exception {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        Thread.ofPlatform().name("apart").start(() -> done.complete(move()));
        return done.get();
    }
}
