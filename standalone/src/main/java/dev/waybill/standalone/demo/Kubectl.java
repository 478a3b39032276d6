package dev.waybill.standalone.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Runs a real kubectl against one kubeconfig, as a person would type it. Used by one thread. */
final class Kubectl {
    private static final long LIMIT_SECONDS = 120;

    private final String program;
    private final Path kubeconfig;
    private final Consumer<String> out;

    Kubectl(Path data, Consumer<String> out) throws IOException {
        this.program = Stream.concat(
                        Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
                                .map(directory -> Path.of(directory, "kubectl")),
                        Stream.of(data.resolve("bin/kubectl")))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst()
                .orElseThrow(() -> new IOException("kubectl is neither on the PATH nor in " + data.resolve("bin")));
        this.kubeconfig = data.resolve("kubeconfig");
        this.out = out;
    }

    /** What a command answered. */
    record Answer(int exitCode, String text) {}

    /** Shows the command and its answer. */
    Answer show(String manifest, String... words) throws IOException, InterruptedException {
        out.accept("  $ kubectl " + String.join(" ", words));
        Answer answer = run(manifest, words);
        answer.text().lines().forEach(line -> out.accept("    " + line));
        return answer;
    }

    /** The answer of a command that must work. */
    String ask(String... words) throws IOException, InterruptedException {
        Answer answer = run("", words);
        if (answer.exitCode() != 0) {
            throw new IOException("kubectl " + String.join(" ", words) + ": " + answer.text());
        }
        return answer.text().strip();
    }

    private Answer run(String manifest, String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("KUBECONFIG", kubeconfig.toString());
        Process process = builder.start();
        try (var input = process.getOutputStream()) {
            input.write(manifest.getBytes(StandardCharsets.UTF_8));
        }
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("kubectl " + String.join(" ", words) + ": no end after " + LIMIT_SECONDS + " s");
        }
        return new Answer(process.exitValue(), text);
    }
}
