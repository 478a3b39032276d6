package dev.waybill.node.oci;

import dev.waybill.node.kernel.Descriptor;
import dev.waybill.node.kernel.Linux;
import dev.waybill.node.kernel.SeparateThread;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The machine's mounts as they are now, but for what crun must not see of them: the empty tree of control groups version 2
 * of a hybrid machine, which it refuses to work beside, and the machine's null device where containers have user ids of
 * their own. For one call each, and open until its program has ended or made its container: of mounts that the machine does
 * not share later ones would be missing, and those that went would be held. For one thread.
 */
final class RuntimeMounts implements AutoCloseable {
    private static final Path GROUPS = Path.of("/sys/fs/cgroup");
    private static final Path NULL = Path.of("/dev/null");

    /** A program's streams that are a device are the null device, which was opened before these mounts were entered. */
    private static final String REOPEN = """
            [ ! -c /proc/self/fd/0 ] || exec </dev/null
            [ ! -c /proc/self/fd/1 ] || exec >/dev/null
            [ ! -c /proc/self/fd/2 ] || exec 2>/dev/null
            exec "$@\"""";

    private final Descriptor namespace;
    private final boolean ownNull;

    private RuntimeMounts(Descriptor namespace, boolean ownNull) {
        this.namespace = namespace;
        this.ownNull = ownNull;
    }

    /** Without version 2. Other mounts stay what they are for the machine's, so that containers can pass on theirs. */
    static RuntimeMounts ofVersion1() {
        return open(null, true);
    }

    /**
     * With a null device of the container's own: crun gives the process's streams to the container's user, and where no
     * device can be made, as in a user namespace, that would be the machine's.
     *
     * @param devices a directory to mount it in
     * @param version1 whether version 2 is to be away too
     */
    static RuntimeMounts withOwnNull(Path devices, boolean version1) {
        return open(devices, version1);
    }

    private static RuntimeMounts open(@Nullable Path devices, boolean version1) {
        try {
            return new RuntimeMounts(
                    SeparateThread.call("runtime-mounts", () -> make(devices, version1)), devices != null);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make mounts for the runtime", e);
        }
    }

    private static Descriptor make(@Nullable Path devices, boolean version1) throws IOException {
        Linux.unshare(Linux.CLONE_NEWNS);
        if (devices != null) {
            Linux.mount("none", Path.of("/"), "none", Linux.MS_SLAVE | Linux.MS_REC, "");
            Linux.mount("tmpfs", devices, "tmpfs", 0, "mode=700");
            Path device = devices.resolve("null");
            Linux.makeNullDevice(device);
            Files.setPosixFilePermissions(device, PosixFilePermissions.fromString("rw-rw-rw-"));
            Linux.bindMount(device, NULL);
        }
        if (version1) {
            Linux.mount("none", GROUPS, "none", Linux.MS_PRIVATE, "");
            Linux.unmount(GROUPS.resolve("unified"));
        }
        return Descriptor.ofFile(Path.of("/proc/thread-self/ns/mnt"));
    }

    /** What stands for their namespace, until they are closed. */
    Path file() {
        return namespace.path();
    }

    /** What a program is to be started by that sees them, before its own words. */
    List<String> entering() {
        List<String> words =
                new ArrayList<>(List.of(RuntimeHandler.onPath("nsenter").orElse("nsenter")));
        words.add("--mount=" + file());
        if (ownNull) {
            words.addAll(List.of("sh", "-c", REOPEN, "sh"));
        }
        return words;
    }

    @Override
    public void close() {
        namespace.close();
    }
}
