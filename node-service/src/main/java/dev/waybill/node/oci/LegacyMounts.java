package dev.waybill.node.oci;

import dev.waybill.node.kernel.Linux;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * The machine's mounts as they are now, without the empty tree of control groups version 2 that a hybrid machine has, which
 * crun refuses to work beside. A thread is in them until they are closed; other mounts stay what they are for the
 * machine's, so that containers can pass on theirs. For one call each: of mounts that the machine does not share, later
 * ones would be missing, and those that went would be held. For one thread.
 */
final class LegacyMounts implements AutoCloseable {
    private static final Path GROUPS = Path.of("/sys/fs/cgroup");

    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("legacy-mounts").daemon().factory());

    private final Path file;

    private LegacyMounts() {
        file = call(() -> {
            Linux.unshare(Linux.CLONE_NEWNS);
            Linux.mount("none", GROUPS, "none", Linux.MS_PRIVATE, "");
            Linux.unmount(GROUPS.resolve("unified"));
            return self().resolve("ns/mnt");
        });
    }

    static LegacyMounts open() {
        return new LegacyMounts();
    }

    /** The calling thread, by a name that other processes understand (proc(5), /proc/thread-self). */
    private static Path self() {
        try {
            return Path.of("/proc").resolve(Files.readSymbolicLink(Path.of("/proc/thread-self")));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read /proc/thread-self", e);
        }
    }

    /** What stands for their namespace, until they are closed. */
    Path file() {
        return file;
    }

    /** Does what a program is to be started for that sees these mounts. */
    <T> T call(Supplier<T> work) {
        try {
            return thread.submit(work::get).get();
        } catch (ExecutionException e) {
            close();
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            throw new CommandFailedException("interrupted", e);
        }
    }

    @Override
    public void close() {
        thread.shutdown();
    }
}
