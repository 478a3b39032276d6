package dev.waybill.node.oci;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;

/**
 * An OCI runtime under the name that a RuntimeClass has for it: how it is called, and where it keeps its state.
 * Immutable.
 *
 * @param name the handler; empty for the node's own runtime
 * @param program the program that says what it is
 * @param command what calls it
 * @param ownUsersCommand what calls it for pods with user ids of their own
 * @param root its state
 * @param legacyMounts whether it is to be called in {@link LegacyMounts}
 * @param sandboxed whether processes run on a kernel of the runtime's own (gVisor)
 */
public record RuntimeHandler(
        String name,
        String program,
        String command,
        String ownUsersCommand,
        Path root,
        boolean legacyMounts,
        boolean sandboxed) {

    private static final List<String> PLACES =
            List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin");

    /** gVisor, without KVM, in the network namespace as it finds it. */
    private static final String GVISOR = "--platform=ptrace --network=host";

    /**
     * What {@link LegacyMounts} does, for pods with user ids of their own, which need a mount namespace for more than this.
     */
    private static final String NO_UNIFIED =
            "mount --make-private /sys/fs/cgroup && umount --lazy /sys/fs/cgroup/unified";

    /**
     * Prepares a runtime.
     *
     * @param directory where wrappers and states of runtimes lie
     * @param hybrid whether this machine has v1 controllers and an empty v2 tree
     */
    static RuntimeHandler prepare(String name, String program, Path directory, boolean hybrid) {
        String path = onPath(program).orElseThrow(() -> new CommandFailedException(program + ": not installed"));
        String kind = Path.of(path).getFileName().toString();
        Path root = directory.resolve(name.isEmpty() ? "runtime" : "runtime-" + name);
        Path wrapper = directory.resolve((name.isEmpty() ? "runtime" : "runtime-" + name) + "-wrapper");
        try {
            Files.createDirectories(root);
            if (kind.equals("runsc")) {
                String command = write(wrapper, "exec " + path + " " + GVISOR + " \"$@\"");
                return new RuntimeHandler(name, path, command, command, root, false, true);
            }
            if (!kind.equals("crun")) {
                return new RuntimeHandler(name, path, path, path, root, false, false);
            }
            Path devices = Files.createDirectories(directory.resolve("null"));
            String own = ownNull(devices) + (hybrid ? "; " + NO_UNIFIED : "");
            String ownUsers = write(directory.resolve(wrapper.getFileName() + "-users"), inSlaveMounts(own, path));
            return new RuntimeHandler(name, path, path, ownUsers, root, hybrid, false);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot prepare runtime " + program, e);
        }
    }

    /**
     * A null device of the container's own: crun gives the process's streams to the container's user, and where no device
     * can be made, as in a user namespace, that would be the machine's.
     */
    private static String ownNull(Path devices) {
        return """
                in= out= err=
                [ /proc/self/fd/0 -ef /dev/null ] && in=1
                [ /proc/self/fd/1 -ef /dev/null ] && out=1
                [ /proc/self/fd/2 -ef /dev/null ] && err=1
                mount -t tmpfs -o mode=700 tmpfs %1$s && mknod -m 666 %1$s/null c 1 3 || exit 1
                mount --bind %1$s/null /dev/null || exit 1
                [ -z "$in" ] || exec </dev/null
                [ -z "$out" ] || exec >/dev/null
                [ -z "$err" ] || exec 2>/dev/null""".formatted(devices);
    }

    /** Whether containers may have user ids of their own. */
    public boolean ownUsers() {
        return !sandboxed;
    }

    /** Whether the runtime knows the container. */
    boolean knows(String id) {
        return Files.exists(root.resolve(id)) || Files.exists(root.resolve(id + "_sandbox:" + id + ".state"));
    }

    private static String inSlaveMounts(String first, String program) {
        return "exec unshare --mount --propagation slave sh -c '" + first + "; exec \"$@\"' sh " + program + " \"$@\"";
    }

    private static String write(Path file, String command) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + command + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
        return file.toString();
    }

    /** The program's path, if it is installed. */
    static Optional<String> onPath(String program) {
        if (program.startsWith("/")) {
            return Optional.of(program);
        }
        return PLACES.stream()
                .map(place -> place + "/" + program)
                .filter(path -> Files.isExecutable(Path.of(path)))
                .findFirst();
    }
}
