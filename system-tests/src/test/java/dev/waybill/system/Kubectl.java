package dev.waybill.system;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** One run of a kubectl as people run it, its two outputs in files. Used by one thread. */
final class Kubectl {
    private static final Duration LIMIT = Duration.ofMinutes(4);

    private final String program;
    private final Path kubeconfig;
    private final Map<String, String> environment = new HashMap<>();
    private final Path output;
    private final Path errors;

    Kubectl(String program, Path kubeconfig, Path scratch) throws IOException {
        this.program = program;
        this.kubeconfig = kubeconfig;
        this.output = Files.createTempFile(scratch, "kubectl", ".out");
        this.errors = Files.createTempFile(scratch, "kubectl", ".err");
    }

    /** What a run came to. */
    record Ended(int code, String output, String errors) {}

    /** Sets a variable of its environment. */
    Kubectl with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** Runs it to its end with a text on its standard input. */
    Ended run(String input, String... arguments) throws Exception {
        return end(start(command(arguments), input), LIMIT);
    }

    /** The same, but ends it once it has printed something, as Ctrl-C does; its input stays open. */
    void runUntil(String printed, String input, String... arguments) throws Exception {
        Process process = begin(command(arguments));
        try {
            process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
            Eventually.within(LIMIT, printed, () -> outputSoFar().contains(printed));
        } finally {
            end(process, Duration.ZERO);
        }
    }

    /** Runs it in a terminal after some shell commands that prepare that. */
    Ended inTerminal(String before, String... arguments) throws Exception {
        return awaitEnd(startInTerminal(before, arguments));
    }

    /** The same without waiting: what is written to the process is typed. */
    Process startInTerminal(String before, String... arguments) throws IOException {
        String line = command(arguments).stream()
                .map(word -> "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
        return begin(List.of("script", "-qec", before + line, "/dev/null"));
    }

    Ended awaitEnd(Process process) throws Exception {
        return end(process, LIMIT);
    }

    /** Starts it without waiting; the caller ends it. */
    Process start(String... arguments) throws Exception {
        return start(command(arguments), "");
    }

    String outputSoFar() throws IOException {
        return Files.readString(output);
    }

    String errorsSoFar() throws IOException {
        return Files.readString(errors);
    }

    private List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(program, "--kubeconfig", kubeconfig.toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    private Process start(List<String> command, String input) throws IOException {
        Process process = begin(command);
        process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        return process;
    }

    private Process begin(List<String> command) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(output.toFile()).redirectError(errors.toFile());
        builder.environment().putAll(environment);
        // What kubectl knows of a server it keeps here: of this one's ports, other servers came before.
        builder.environment().put("HOME", output.getParent().toString());
        return builder.start();
    }

    private Ended end(Process process, Duration limit) throws Exception {
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            process.destroy();
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
        int code = process.waitFor();
        process.getOutputStream().close();
        return new Ended(code, Files.readString(output), Files.readString(errors));
    }
}
