package dev.waybill.node.oci;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a program to its end, at most 60 s. Thread-safe. */
public final class Command {
    private static final long TIMEOUT_SECONDS = 60;

    private Command() {}

    /** What it wrote, both streams. */
    public static String run(List<String> words) {
        return execute(words, false);
    }

    /** The first line that it wrote; what it leaves running may keep the stream open. */
    static String firstLine(List<String> words) {
        return execute(words, true);
    }

    private static String execute(List<String> words, boolean firstLine) {
        ProcessBuilder builder = new ProcessBuilder(words);
        if (firstLine) {
            builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        } else {
            builder.redirectErrorStream(true);
        }
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            String output = read(process, firstLine);
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new CommandFailedException(words.getFirst() + ": no end after " + TIMEOUT_SECONDS + " s");
            }
            if (process.exitValue() != 0) {
                throw new CommandFailedException(
                        words.getFirst() + ": exit " + process.exitValue() + ": " + output.strip());
            }
            return output;
        } catch (IOException e) {
            throw new CommandFailedException(words.getFirst() + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailedException(words.getFirst() + ": interrupted", e);
        }
    }

    private static String read(Process process, boolean firstLine) throws IOException {
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            if (firstLine) {
                String line = reader.readLine();
                return line == null ? "" : line;
            }
            StringBuilder text = new StringBuilder();
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                text.append(line).append('\n');
            }
            return text.toString();
        }
    }
}
