package dev.waybill.image.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Programs of other projects that tests compare with. Stateless. */
public final class Tools {

    private Tools() {}

    /** Skips the test, and says so, where a program is missing. */
    public static void need(String... programs) {
        for (String program : programs) {
            assumeTrue(
                    Files.isExecutable(Path.of("/usr/bin", program)) || Files.isExecutable(Path.of("/sbin", program)),
                    program + " is not installed");
        }
    }

    /** Runs a program, which must succeed, and gives what it printed. */
    public static String run(String... words) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(240, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(String.join(" ", words) + ": " + out).isZero();
        return out;
    }

    /** A shell script, stopped at its first failure. */
    public static String shell(Path directory, String script) throws IOException, InterruptedException {
        return run("bash", "-euc", "cd " + directory + "\n" + script);
    }
}
