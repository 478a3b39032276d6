package dev.waybill.node.oci;

import dev.waybill.node.kernel.Descriptor;
import dev.waybill.node.storage.Trees;
import dev.waybill.node.stream.CommandRequest;
import dev.waybill.node.stream.CommandStatus;
import dev.waybill.node.stream.RunningCommand;
import dev.waybill.node.stream.TerminalSize;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A command that the runtime runs in a container, over pipes or a terminal of its own. See {@link RunningCommand}. */
final class ExecCommand implements RunningCommand {
    private static final Duration TERMINAL_TIMEOUT = Duration.ofSeconds(30);
    private static final String PID = "pid";

    private final Path directory;
    private final Process process;
    private final @Nullable Descriptor terminal;
    private final @Nullable RuntimeMounts mounts;

    private ExecCommand(
            Path directory, Process process, @Nullable Descriptor terminal, @Nullable RuntimeMounts mounts) {
        this.directory = directory;
        this.mounts = mounts;
        this.process = process;
        this.terminal = terminal;
    }

    /**
     * Starts it.
     *
     * @param all where it keeps its files, in a directory of its own
     * @param runtime the runtime's program and arguments up to {@code exec}
     * @param mounts what the runtime's words enter first; closed with the command, once it has started
     * @throws CommandFailedException when it cannot be started
     */
    static ExecCommand start(
            Path all,
            List<String> runtime,
            @Nullable RuntimeMounts mounts,
            String id,
            Path bundle,
            CommandRequest request) {
        try {
            Path directory = Files.createTempDirectory(all, "");
            try {
                return begin(directory, runtime, mounts, id, bundle, request);
            } catch (IOException | RuntimeException e) {
                Trees.delete(directory);
                throw e;
            }
        } catch (IOException e) {
            throw new CommandFailedException("exec: " + e.getMessage(), e);
        }
    }

    private static ExecCommand begin(
            Path directory,
            List<String> runtime,
            @Nullable RuntimeMounts mounts,
            String id,
            Path bundle,
            CommandRequest request)
            throws IOException {
        Path spec = directory.resolve("process.json");
        ProcessSpec.write(spec, bundle, request.command(), request.tty());
        List<String> words = new ArrayList<>(runtime);
        words.addAll(List.of("exec", "--process", spec.toString()));
        words.addAll(List.of("--pid-file", directory.resolve(PID).toString()));
        if (!request.tty()) {
            words.add(id);
            return new ExecCommand(directory, new ProcessBuilder(words).start(), null, mounts);
        }
        Path console = directory.resolve("console");
        words.addAll(List.of("--tty", "--console-socket", console.toString(), id));
        try (Descriptor listening = Descriptor.listen(console)) {
            Process process = new ProcessBuilder(words).start();
            Optional<Descriptor> terminal = terminal(listening, process);
            if (terminal.isEmpty()) {
                process.destroyForcibly();
                throw new CommandFailedException("the runtime passed no terminal: "
                        + new String(process.getErrorStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
                                .strip());
            }
            return new ExecCommand(directory, process, terminal.get(), mounts);
        }
    }

    /** The terminal that the runtime makes and passes; empty when it ends before. */
    private static Optional<Descriptor> terminal(Descriptor listening, Process process) {
        long deadline = System.nanoTime() + TERMINAL_TIMEOUT.toNanos();
        Duration step = Duration.ofMillis(100);
        while (System.nanoTime() < deadline) {
            Optional<Descriptor> connection = listening.accept(step);
            if (connection.isPresent()) {
                try (Descriptor open = connection.get()) {
                    return open.receive(TERMINAL_TIMEOUT);
                }
            }
            if (!process.isAlive()) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    @Override
    public OutputStream stdin() {
        return terminal == null ? process.getOutputStream() : new TerminalInput(terminal);
    }

    @Override
    public InputStream stdout() {
        return terminal == null ? process.getInputStream() : new DescriptorInput(terminal);
    }

    @Override
    public InputStream stderr() {
        return terminal == null ? process.getErrorStream() : InputStream.nullInputStream();
    }

    @Override
    public void resize(TerminalSize size) {
        if (terminal != null) {
            try {
                terminal.resize(size.columns(), size.rows());
            } catch (RuntimeException e) {
                // The command has just ended.
            }
        }
    }

    @Override
    public CommandStatus await() throws InterruptedException {
        return CommandStatus.ofExitCode(process.waitFor());
    }

    @Override
    public void abandon() {
        try {
            String pid = Files.readString(directory.resolve(PID)).strip();
            if (process.isAlive() && !pid.isEmpty()) {
                ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
            }
        } catch (IOException e) {
            // Not started yet, or ended: the runtime's own process goes.
        }
        process.destroy();
    }

    @Override
    public void close() {
        if (terminal != null) {
            terminal.close();
        }
        if (mounts != null) {
            mounts.close();
        }
        Trees.delete(directory);
    }

    /** Removes what commands of an earlier agent left. */
    static void clear(Path all) throws IOException {
        try (Stream<Path> left = Files.list(all)) {
            for (Path directory : left.toList()) {
                Trees.delete(directory);
            }
        }
    }
}
