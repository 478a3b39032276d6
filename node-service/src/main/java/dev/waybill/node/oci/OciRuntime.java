package dev.waybill.node.oci;

import dev.waybill.node.pod.ContainerSpec;
import dev.waybill.node.stream.CommandRequest;
import dev.waybill.node.stream.RunningCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Containers at an OCI runtime (crun, runc), each held by a conmon that writes its log and its exit code and needs
 * nobody. Thread-safe for different containers.
 */
public final class OciRuntime {
    private static final JsonMapper JSON = new JsonMapper();
    /** A line of conmon's control file: type 2, whose numbers mean nothing. */
    private static final byte[] REOPEN_LOG = "2 0 0\n".getBytes(StandardCharsets.US_ASCII);

    private static final Duration REOPENED = Duration.ofSeconds(2);

    /** Files of commands that are running. */
    private static final String EXEC = "exec";

    private final String runtime;
    private final String createRuntime;
    private final String conmon;
    private final Path directory;

    /** Runs containers with the runtime's and conmon's state below {@code directory}. */
    public OciRuntime(String runtime, String conmon, Path directory, boolean hybrid) {
        this.runtime = onPath(runtime);
        this.conmon = onPath(conmon);
        this.directory = directory;
        try {
            for (String name : List.of("runtime", "exits", "sockets", "persist", EXEC)) {
                Files.createDirectories(directory.resolve(name));
            }
            ExecCommand.clear(directory.resolve(EXEC));
            this.createRuntime = hybrid ? wrapper(directory.resolve("runtime-wrapper")) : this.runtime;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot prepare " + directory, e);
        }
    }

    private String wrapper(Path file) throws IOException {
        // crun 1.8 refuses hybrid control groups; without the empty v2 mount, seen only by itself, it works.
        Files.writeString(file, """
                #!/bin/sh
                exec unshare --mount --propagation slave sh -c 'umount --lazy /sys/fs/cgroup/unified; exec "$@"' sh %s "$@"
                """.formatted(runtime));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
        return file.toString();
    }

    private static String onPath(String program) {
        if (program.startsWith("/")) {
            return program;
        }
        for (String part : List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")) {
            if (Files.isExecutable(Path.of(part, program))) {
                return part + "/" + program;
            }
        }
        throw new CommandFailedException(program + ": not installed");
    }

    /** What a container was when its runtime was asked. */
    public record Found(String status, int pid, Instant created) {}

    /** Creates the container of a bundle; its process waits for {@link #start}. Returns its process id. */
    public int create(String id, Path bundle, Path log, ContainerSpec.Stdin stdin, boolean tty) {
        List<String> words = new ArrayList<>(
                List.of("/bin/sh", "-c", "exec 3>&1 >/dev/null; _OCI_SYNCPIPE=3 exec \"$@\"", "sh", conmon));
        words.addAll(List.of("-c", id, "-u", shortId(id), "-n", shortId(id), "-r", createRuntime));
        words.addAll(
                List.of("-b", bundle.toString(), "-p", bundle.resolve("pid").toString()));
        words.addAll(List.of("-P", bundle.resolve("conmon-pid").toString(), "-l", "k8s-file:" + log));
        words.addAll(List.of("--exit-dir", exits().toString()));
        words.addAll(List.of("--socket-dir-path", directory.resolve("sockets").toString()));
        words.addAll(List.of("--persist-dir", Files.exists(bundle) ? bundle.toString() : directory.toString()));
        words.addAll(List.of("--log-level", "error", "--no-sync-log"));
        // What the runtime says goes to a file: through conmon some of it is lost.
        Path runtimeLog = bundle.resolve("runtime-log");
        words.addAll(List.of("--runtime-arg", "--root", "--runtime-arg", root()));
        words.addAll(List.of("--runtime-arg", "--log", "--runtime-arg", runtimeLog.toString()));
        if (stdin != ContainerSpec.Stdin.NONE) {
            words.add("-i");
        }
        if (stdin == ContainerSpec.Stdin.KEPT) {
            words.add("--leave-stdin-open");
        }
        if (tty) {
            words.add("-t");
        }
        return ConmonAnswer.await(words, bundle, runtimeLog);
    }

    private static String shortId(String id) {
        return id.substring(0, Math.min(12, id.length()));
    }

    private String root() {
        return directory.resolve("runtime").toString();
    }

    public void start(String id) {
        Command.run(List.of(runtime, "--root", root(), "start", id));
    }

    /** Signals the container's first process; one that has ended already is fine. */
    public void kill(String id, int signal) {
        try {
            Command.run(List.of(runtime, "--root", root(), "kill", id, Integer.toString(signal)));
        } catch (CommandFailedException e) {
            if (find(id).filter(found -> found.status().equals("running")).isPresent()) {
                throw e;
            }
        }
    }

    /** Runs a command in the container and returns its exit code; one that takes too long is killed. */
    public int exec(String id, List<String> command, Duration timeout) {
        List<String> words = new ArrayList<>(List.of(createRuntime, "--root", root(), "exec", id));
        words.addAll(command);
        return Command.exitCode(words, timeout);
    }

    /**
     * Starts a command in a running container.
     *
     * @throws CommandFailedException when it cannot be started
     */
    public RunningCommand exec(String id, Path bundle, CommandRequest request) {
        return ExecCommand.start(
                directory.resolve(EXEC), List.of(createRuntime, "--root", root()), id, bundle, request);
    }

    /**
     * Joins the streams of the container's own process.
     *
     * @throws CommandFailedException when the container has ended
     */
    public RunningCommand attach(String id, Path bundle, CommandRequest request) {
        Path socket = directory.resolve("sockets").resolve(shortId(id)).resolve("attach");
        return ConmonAttachment.attach(socket, bundle, request);
    }

    /**
     * Makes a container's conmon close its log and begin a file of the same name, which takes the place of one that is
     * there.
     *
     * @throws IOException when it does not
     */
    public static void reopenLog(Path bundle, Path log) throws IOException {
        Object before = Files.exists(log) ? Files.getAttribute(log, "unix:ino") : "";
        // Opened for both, which does not wait for a conmon that has ended.
        try (FileChannel control =
                FileChannel.open(bundle.resolve("ctl"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            control.write(ByteBuffer.wrap(REOPEN_LOG));
            long deadline = System.nanoTime() + REOPENED.toNanos();
            while (!Files.exists(log) || Files.getAttribute(log, "unix:ino").equals(before)) {
                if (System.nanoTime() > deadline) {
                    throw new IOException("conmon did not reopen " + log);
                }
                Thread.sleep(5);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while conmon reopened " + log, e);
        }
    }

    /** The container as the runtime knows it. */
    public Optional<Found> find(String id) {
        if (!Files.exists(directory.resolve("runtime").resolve(id))) {
            return Optional.empty();
        }
        JsonNode state;
        try {
            state = JSON.readTree(Command.run(List.of(runtime, "--root", root(), "state", id)));
        } catch (CommandFailedException e) {
            if (!Files.exists(directory.resolve("runtime").resolve(id))) {
                return Optional.empty();
            }
            // Half-made by a runtime that was killed: as good as stopped.
            return Optional.of(new Found("broken", 0, Instant.EPOCH));
        }
        return Optional.of(new Found(
                state.path("status").asString("unknown"),
                state.path("pid").asInt(0),
                Instant.parse(state.path("created").asString("1970-01-01T00:00:00Z"))));
    }

    /** Ends what is still at work for a container: a conmon whose runtime hangs, or one that an agent before left. */
    public void abandon(String id, Path bundle) {
        Path file = bundle.resolve("conmon-pid");
        try {
            String pid = Files.exists(file) ? Files.readString(file).strip() : "";
            if (!pid.isEmpty()) {
                ProcessHandle.of(Long.parseLong(pid))
                        .filter(process -> runs(process, id))
                        .ifPresent(Command::kill);
            }
        } catch (IOException | NumberFormatException e) {
            throw new CommandFailedException("conmon of " + id + ": " + e.getMessage(), e);
        }
    }

    /** Whether it is this container's: the number may have been given to another process since. */
    private static boolean runs(ProcessHandle process, String id) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"), StandardCharsets.ISO_8859_1)
                    .contains(id);
        } catch (IOException e) {
            return false;
        }
    }

    /** Removes the container with its control group, killing what still runs; one that is gone is fine. */
    public void delete(String id) {
        if (Files.exists(directory.resolve("runtime").resolve(id))) {
            Command.run(List.of(runtime, "--root", root(), "delete", "--force", id));
        }
    }

    /** Forgets the exit code of a container. */
    public void forgetExit(String id) {
        try {
            Files.deleteIfExists(exits().resolve(id));
            Files.deleteIfExists(directory.resolve("sockets").resolve(shortId(id)));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove the exit file of " + id, e);
        }
    }

    /** The directory in which conmon leaves each container's exit code, under its id. */
    public Path exits() {
        return directory.resolve("exits");
    }

    /** Name and version, as {@code crun://1.8.1}. */
    public String version() {
        String first =
                Command.run(List.of(runtime, "--version")).lines().findFirst().orElse("");
        return Path.of(runtime).getFileName() + "://" + first.replaceAll("^.*version\\s+", "");
    }
}
