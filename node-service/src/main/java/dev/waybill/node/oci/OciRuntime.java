package dev.waybill.node.oci;

import dev.waybill.node.kernel.Child;
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
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Containers at the machine's OCI runtimes (crun, runc, runsc), each held by a conmon that writes its log and its exit code and needs
 * nobody. Thread-safe for different containers.
 */
public final class OciRuntime {
    private static final JsonMapper JSON = new JsonMapper();
    /** A line of conmon's control file: type 2, whose numbers mean nothing. */
    private static final byte[] REOPEN_LOG = "2 0 0\n".getBytes(StandardCharsets.US_ASCII);

    private static final Duration REOPENED = Duration.ofSeconds(2);

    /** Files of commands that are running. */
    private static final String EXEC = "exec";

    private final RuntimeHandlers handlers;
    private final String conmon;
    private final Path directory;

    /** Runs containers with the runtimes' and conmon's state below {@code directory}. */
    public OciRuntime(String runtime, String conmon, Path directory, boolean hybrid) {
        this(runtime, List.of(), conmon, directory, hybrid);
    }

    /**
     * The same with further runtimes.
     *
     * @param others programs by whose names RuntimeClasses call them; those that are not installed are left out
     */
    public OciRuntime(String runtime, List<String> others, String conmon, Path directory, boolean hybrid) {
        this.conmon =
                RuntimeHandler.onPath(conmon).orElseThrow(() -> new CommandFailedException(conmon + ": not installed"));
        this.directory = directory;
        try {
            for (String name : List.of("exits", "sockets", "persist", EXEC)) {
                Files.createDirectories(directory.resolve(name));
            }
            ExecCommand.clear(directory.resolve(EXEC));
            this.handlers = new RuntimeHandlers(runtime, others, directory, hybrid);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot prepare " + directory, e);
        }
    }

    /** The runtimes that RuntimeClasses can name, the node's own first under an empty name. */
    public List<RuntimeHandler> handlers() {
        return handlers.all();
    }

    /** The runtime of that name, if this node has it. */
    public Optional<RuntimeHandler> handler(String name) {
        return handlers.named(name);
    }

    /** What a container was when its runtime was asked. */
    public record Found(String status, int pid, Instant created) {}

    /** Creates the container of a bundle; its process waits for {@link #start}. Returns its process id. */
    public int create(String id, Path bundle, Path log, ContainerSpec.Stdin stdin, boolean tty) {
        return create(handlers.own(), false, id, bundle, log, stdin, tty);
    }

    /**
     * The same with one of {@link #handlers}.
     *
     * @param ownUsers whether the container has user ids of its own
     */
    public int create(
            RuntimeHandler handler,
            boolean ownUsers,
            String id,
            Path bundle,
            Path log,
            ContainerSpec.Stdin stdin,
            boolean tty) {
        handlers.note(id, handler);
        List<String> words = new ArrayList<>(List.of(conmon, "-c", id, "-u", shortId(id), "-n", shortId(id)));
        words.addAll(
                List.of("-b", bundle.toString(), "-p", bundle.resolve("pid").toString()));
        words.addAll(List.of("-P", bundle.resolve("conmon-pid").toString(), "-l", "k8s-file:" + log));
        words.addAll(List.of("--exit-dir", exits().toString()));
        words.addAll(List.of("--socket-dir-path", directory.resolve("sockets").toString()));
        words.addAll(List.of("--persist-dir", Files.exists(bundle) ? bundle.toString() : directory.toString()));
        words.addAll(List.of("--log-level", "error", "--no-sync-log"));
        if (stdin != ContainerSpec.Stdin.NONE) {
            words.add("-i");
        }
        if (stdin == ContainerSpec.Stdin.KEPT) {
            words.add("--leave-stdin-open");
        }
        if (tty) {
            words.add("-t");
        }
        return conmon(words, handler, ownUsers, bundle);
    }

    /** Conmon itself stays out of mounts that are made for the runtime: it would hold them as long as the container runs. */
    private static int conmon(List<String> words, RuntimeHandler handler, boolean ownUsers, Path bundle) {
        // What the runtime says goes to a file: through conmon some of it is lost.
        Path runtimeLog = bundle.resolve("runtime-log");
        List<String> options = List.of("--root", handler.root().toString(), "--log", runtimeLog.toString());
        return seeing(handler, ownUsers, entering -> {
            List<String> runtime = new ArrayList<>(entering);
            runtime.add(handler.command());
            runtime.addAll(options);
            words.addAll(List.of("-r", runtime.getFirst()));
            words.addAll(runtimeArguments(runtime.subList(1, runtime.size())));
            return ConmonAnswer.await(words, bundle, runtimeLog);
        });
    }

    private static List<String> runtimeArguments(List<String> words) {
        return words.stream().flatMap(word -> Stream.of("--runtime-arg", word)).toList();
    }

    /** Does what takes the words by which a program sees the mounts that the runtime is to see. */
    private static <T> T seeing(RuntimeHandler handler, boolean ownUsers, Function<List<String>, T> work) {
        try (RuntimeMounts mounts = handler.mounts(ownUsers).orElse(null)) {
            return work.apply(mounts == null ? List.of() : mounts.entering());
        }
    }

    private static String shortId(String id) {
        return id.substring(0, Math.min(12, id.length()));
    }

    /** How to call a runtime about containers that it has made. */
    private static List<String> words(RuntimeHandler handler, String... more) {
        List<String> words = new ArrayList<>(List.of(
                handler.sandboxed() ? handler.command() : handler.program(),
                "--root",
                handler.root().toString()));
        words.addAll(List.of(more));
        return words;
    }

    /** How to call a runtime for a command in a container: it looks at control groups. */
    private static List<String> calling(List<String> entering, RuntimeHandler handler) {
        List<String> words = new ArrayList<>(entering);
        words.addAll(List.of(handler.command(), "--root", handler.root().toString()));
        return words;
    }

    /** Starts a container whose process is wanted for the namespace that it begins; nobody holds its output. */
    public int runDetached(RuntimeHandler handler, boolean ownUsers, String id, Path bundle) {
        handlers.note(id, handler);
        Path pid = bundle.resolve("pid");
        List<String> run = List.of("run", "--detach", "--bundle", bundle.toString(), "--pid-file", pid.toString(), id);
        Path output = bundle.resolve("output");
        // A file, since what it leaves running may write there later.
        List<Child.Stream> streams =
                List.of(Child.Stream.NOTHING, Child.Stream.file(output), new Child.Stream.SameAs(1));
        try {
            seeing(handler, ownUsers, entering -> {
                List<String> words = calling(entering, handler);
                words.addAll(run);
                return Command.run(words, Map.of(), bundle, streams);
            });
        } catch (CommandFailedException e) {
            throw new CommandFailedException(e.getMessage() + ConmonAnswer.said(output), e);
        }
        try {
            return Integer.parseInt(Files.readString(pid).strip());
        } catch (IOException e) {
            throw new UncheckedIOException("no process id of " + id, e);
        }
    }

    public void start(String id) {
        Command.run(words(handlers.of(id), "start", id));
    }

    /** Signals the container's first process; one that has ended already is fine. */
    public void kill(String id, int signal) {
        try {
            Command.run(words(handlers.of(id), "kill", id, Integer.toString(signal)));
        } catch (CommandFailedException e) {
            if (find(id).filter(found -> found.status().equals("running")).isPresent()) {
                throw e;
            }
        }
    }

    /**
     * Runs a command in the container and returns how it ended, with the beginning of what it wrote.
     *
     * @throws Command.LateException when it takes too long, after it was killed
     */
    public Command.Ended exec(String id, List<String> command, Duration timeout) {
        RuntimeHandler handler = handlers.of(id);
        return seeing(handler, false, entering -> {
            List<String> words = calling(entering, handler);
            words.addAll(List.of("exec", id));
            words.addAll(command);
            return Command.tried(words, timeout);
        });
    }

    /**
     * Starts a command in a running container.
     *
     * @throws CommandFailedException when it cannot be started
     */
    public RunningCommand exec(String id, Path bundle, CommandRequest request) {
        RuntimeHandler handler = handlers.of(id);
        RuntimeMounts mounts = handler.mounts(false).orElse(null);
        try {
            List<String> words = calling(mounts == null ? List.of() : mounts.entering(), handler);
            return ExecCommand.start(directory.resolve(EXEC), words, mounts, id, bundle, request);
        } catch (RuntimeException e) {
            if (mounts != null) {
                mounts.close();
            }
            throw e;
        }
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
        RuntimeHandler handler = handlers.of(id);
        if (!handler.knows(id)) {
            return Optional.empty();
        }
        JsonNode state;
        try {
            state = JSON.readTree(Command.run(words(handler, "state", id)));
        } catch (CommandFailedException e) {
            if (!handler.knows(id)) {
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
        shim(id, bundle).ifPresent(Child::kill);
    }

    /** Whether a container's conmon lives. */
    public static boolean isHeld(String id, Path bundle) {
        return shim(id, bundle).isPresent();
    }

    private static Optional<ProcessHandle> shim(String id, Path bundle) {
        Path file = bundle.resolve("conmon-pid");
        try {
            String pid = Files.exists(file) ? Files.readString(file).strip() : "";
            return pid.isEmpty()
                    ? Optional.empty()
                    : ProcessHandle.of(Long.parseLong(pid)).filter(process -> runs(process, id));
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
        RuntimeHandler handler = handlers.of(id);
        if (handler.knows(id)) {
            Command.run(words(handler, "delete", "--force", id));
        }
        handlers.forget(id);
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
        String first = Command.run(List.of(handlers.own().program(), "--version"))
                .lines()
                .findFirst()
                .orElse("");
        return Path.of(handlers.own().program()).getFileName() + "://" + first.replaceAll("^.*version\\s+", "");
    }
}
