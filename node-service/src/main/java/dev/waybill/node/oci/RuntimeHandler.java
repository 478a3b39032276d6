package dev.waybill.node.oci;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An OCI runtime under the name that a RuntimeClass has for it: how it is called, and where it keeps its state.
 * Immutable.
 *
 * @param name the handler; empty for the node's own runtime
 * @param program the program that says what it is
 * @param command what calls it
 * @param root its state
 * @param version1 whether it is not to see control groups of version 2
 * @param devices where a null device of a container's own is mounted; null where it needs none
 * @param sandboxed whether processes run on a kernel of the runtime's own (gVisor)
 */
public record RuntimeHandler(
        String name,
        String program,
        String command,
        Path root,
        boolean version1,
        @Nullable Path devices,
        boolean sandboxed) {

    private static final List<String> PLACES =
            List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin");

    /** gVisor, without KVM, in the network namespace as it finds it. */
    private static final String GVISOR = "--platform=ptrace --network=host";

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
        try {
            Files.createDirectories(root);
            if (kind.equals("runsc")) {
                Path wrapper = directory.resolve(root.getFileName() + "-wrapper");
                String command = write(wrapper, "exec " + path + " " + GVISOR + " \"$@\"");
                return new RuntimeHandler(name, path, command, root, false, null, true);
            }
            if (!kind.equals("crun")) {
                return new RuntimeHandler(name, path, path, root, false, null, false);
            }
            Path devices = Files.createDirectories(directory.resolve("null"));
            return new RuntimeHandler(name, path, path, root, hybrid, devices, false);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot prepare runtime " + program, e);
        }
    }

    /** The mounts that it must be called in for a container; none where the machine's will do. */
    Optional<RuntimeMounts> mounts(boolean ownUsers) {
        if (ownUsers && devices != null) {
            return Optional.of(RuntimeMounts.withOwnNull(devices, version1));
        }
        return version1 ? Optional.of(RuntimeMounts.ofVersion1()) : Optional.empty();
    }

    /** Whether containers may have user ids of their own. */
    public boolean ownUsers() {
        return !sandboxed;
    }

    /** Whether the runtime knows the container. */
    boolean knows(String id) {
        return Files.exists(root.resolve(id)) || Files.exists(root.resolve(id + "_sandbox:" + id + ".state"));
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
