package dev.waybill.node.oci;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Starts a conmon and waits for the process id that it writes. It writes after the process that was started has ended,
 * and a pipe of {@link Process} is closed at that end; so the answer goes through a file. Stateless.
 */
final class ConmonAnswer {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE = Command.LIMIT;
    private static final Duration POLL = Duration.ofMillis(2);

    private ConmonAnswer() {}

    /**
     * The process id of the container.
     *
     * @throws CommandFailedException with what conmon or the runtime said
     */
    static int await(List<String> words, Path bundle, Path runtimeLog) {
        Path output = bundle.resolve("conmon-answer");
        Path errors = bundle.resolve("conmon-errors");
        // In the bundle, since conmon leaves a file named oom where it was started.
        Command.runInto(words, bundle, output, errors);
        String line = line(output, bundle.resolve("conmon-pid"));
        JsonNode answer = line.isBlank() ? JSON.createObjectNode() : JSON.readTree(line);
        int pid = answer.path("pid").asInt(-1);
        if (pid <= 0) {
            String told = String.join(" ", answer.path("message").asString("").strip(), said(errors), said(runtimeLog))
                    .strip();
            throw new CommandFailedException(told.isEmpty() ? "conmon ended without an answer" : told);
        }
        return pid;
    }

    private static String line(Path output, Path pidFile) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            boolean lives = lives(pidFile);
            String text = said(output);
            if (text.endsWith("}") || !lives) {
                return text;
            }
            try {
                Thread.sleep(POLL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CommandFailedException("interrupted while conmon made a container", e);
            }
        }
        throw new CommandFailedException("conmon: no answer after " + PATIENCE.toSeconds() + " s");
    }

    private static boolean lives(Path pidFile) {
        String pid = said(pidFile);
        return !pid.isEmpty() && ProcessHandle.of(Long.parseLong(pid)).isPresent();
    }

    static String said(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file).strip() : "";
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }
}
