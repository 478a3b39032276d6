package dev.waybill.node.oci;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a program to its end, at most 60 s. Thread-safe. */
public final class Command {
    private static final long TIMEOUT_SECONDS = 60;

    private Command() {}

    /** What it wrote, both streams. */
    public static String run(List<String> words) {
        return execute(words, new ProcessBuilder(words).redirectErrorStream(true));
    }

    /** Runs a program in a directory; its two streams go to files, since what it leaves running may write there later. */
    static void runInto(List<String> words, Path directory, Path output, Path errors) {
        execute(
                words,
                new ProcessBuilder(words)
                        .directory(directory.toFile())
                        .redirectOutput(output.toFile())
                        .redirectError(errors.toFile()));
    }

    /** Runs a program whose output nobody wants and returns its exit code. */
    static int exitCode(List<String> words, Duration timeout) {
        ProcessBuilder builder = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        try {
            Process process = builder.start();
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                throw new CommandFailedException("no end after " + timeout.toMillis() + " ms");
            }
            return process.exitValue();
        } catch (IOException e) {
            throw new CommandFailedException(words.getFirst() + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailedException(words.getFirst() + ": interrupted", e);
        }
    }

    private static String execute(List<String> words, ProcessBuilder builder) {
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            String output = read(process);
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

    private static String read(Process process) throws IOException {
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            StringBuilder text = new StringBuilder();
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                text.append(line).append('\n');
            }
            return text.toString();
        }
    }
}
