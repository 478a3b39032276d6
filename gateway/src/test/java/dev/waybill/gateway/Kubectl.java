package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A command-line client of the cluster as people run it, with the administrator's kubeconfig. */
final class Kubectl {
    private final String program;
    private final Path directory;
    private final Path kubeconfig;

    private Kubectl(String program, Path directory, Path kubeconfig) {
        this.program = program;
        this.directory = directory;
        this.kubeconfig = kubeconfig;
    }

    /** What a command came to. */
    record Result(int code, String output) {}

    /** The program of this name, when the machine has it in {@code $WAYBILL_TOOLS} or on the path. */
    static Optional<Kubectl> find(String name, Path directory, String kubeconfig) {
        String path = Optional.ofNullable(System.getenv("WAYBILL_TOOLS")).orElse("") + ":" + System.getenv("PATH");
        return Stream.of(path.split(":", -1))
                .filter(part -> !part.isEmpty())
                .map(part -> Path.of(part, name))
                .filter(Files::isExecutable)
                .findFirst()
                .map(program -> {
                    try {
                        Path file = Files.writeString(directory.resolve("kubeconfig"), kubeconfig);
                        return new Kubectl(program.toString(), directory, file);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }

    /** Runs it and gives what it printed; it must succeed. */
    String run(String... arguments) throws Exception {
        Result result = attempt("", arguments);
        assertThat(result.code()).as(result.output()).isZero();
        return result.output();
    }

    /** Runs it with text on its standard input. */
    Result attempt(String input, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.directory(directory.toFile());
        builder.environment().put("KUBECONFIG", kubeconfig.toString());
        builder.environment().put("HOME", directory.toString());
        Path in = Files.writeString(Files.createTempFile(directory, "in", ""), input);
        Path out = Files.createTempFile(directory, "out", "");
        Process process =
                builder.redirectInput(in.toFile()).redirectOutput(out.toFile()).start();
        if (!process.waitFor(240, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        return new Result(process.waitFor(), Files.readString(out, StandardCharsets.UTF_8));
    }
}
