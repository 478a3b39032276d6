package dev.waybill.node.oci;

import dev.waybill.node.kernel.Child.Stream;
import dev.waybill.node.kernel.Descriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Starts a conmon and waits for the process id of its container, which comes through a descriptor that conmon is told the
 * number of, some time after the program that was started has ended. Stateless.
 */
final class ConmonAnswer {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE = Command.LIMIT;
    private static final Map<String, String> ANSWER_TO_3 = Map.of("_OCI_SYNCPIPE", "3");

    private ConmonAnswer() {}

    /**
     * The process id of the container.
     *
     * @throws CommandFailedException with what conmon or the runtime said
     */
    static int await(List<String> words, Path bundle, Path runtimeLog) {
        Path errors = bundle.resolve("conmon-errors");
        String line;
        try (Descriptor.Pipe answers = Descriptor.pipe()) {
            List<Stream> streams =
                    List.of(Stream.NOTHING, Stream.NOTHING, Stream.file(errors), new Stream.Given(answers.input()));
            // In the bundle, since conmon leaves a file named oom where it was started.
            Command.run(words, ANSWER_TO_3, bundle, streams);
            answers.input().close();
            line = line(answers.output());
        }
        JsonNode answer = line.isBlank() ? JSON.createObjectNode() : JSON.readTree(line);
        int pid = answer.path("pid").asInt(-1);
        if (pid <= 0) {
            String told = String.join(" ", answer.path("message").asString("").strip(), said(errors), said(runtimeLog))
                    .strip();
            throw new CommandFailedException(told.isEmpty() ? "conmon ended without an answer" : told);
        }
        return pid;
    }

    /** Its answer; what there was of it when conmon ended before. */
    private static String line(Descriptor answers) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        StringBuilder line = new StringBuilder();
        byte[] bytes = new byte[4096];
        while (line.indexOf("\n") < 0) {
            Duration left = Duration.ofNanos(deadline - System.nanoTime());
            if (left.isNegative()) {
                throw new CommandFailedException("conmon: no answer after " + PATIENCE.toSeconds() + " s");
            }
            if (answers.awaitInput(left)) {
                int count = answers.read(bytes);
                if (count < 0) {
                    break;
                }
                line.append(new String(bytes, 0, count, StandardCharsets.UTF_8));
            }
        }
        return line.toString().strip();
    }

    static String said(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file).strip() : "";
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }
}
