package dev.waybill.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Programs of the host. */
final class Commands {
    private static final long LIMIT_SECONDS = 400;

    private Commands() {}

    /** What a command that ended printed, on both streams, and its exit code. */
    record Ended(int code, String output) {}

    static boolean present(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }

    /** Runs a command that must succeed. */
    static String output(String... command) throws IOException, InterruptedException {
        Ended ended = run(Path.of("."), Map.of(), command);
        assertThat(ended.code())
                .as("%s: %s", String.join(" ", command), ended.output())
                .isZero();
        return ended.output();
    }

    /** Puts a program for Node.js, and the packages that it needs, into a directory. */
    static void installNode(String program, String script, Path directory) throws IOException, InterruptedException {
        Path source = Repository.module("system-tests").resolve(program);
        for (String file : List.of("package.json", script)) {
            Files.copy(source.resolve(file), directory.resolve(file));
        }
        Ended ended = run(
                directory,
                Map.of(),
                "npm",
                "install",
                "--no-package-lock",
                "--no-audit",
                "--no-fund",
                "--prefer-offline",
                "--loglevel=error");
        assertThat(ended.code()).as(ended.output()).isZero();
    }

    static Ended run(Path directory, Map<String, String> environment, String... command)
            throws IOException, InterruptedException {
        Path output = Files.createTempFile("command", ".out");
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            return new Ended(process.waitFor(), Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            Files.delete(output);
        }
    }
}
