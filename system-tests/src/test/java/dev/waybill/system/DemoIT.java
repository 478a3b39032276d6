package dev.waybill.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code ./waybill demo} as a person types it, and that the machine is afterwards as it was. */
@Timeout(600)
class DemoIT {
    private static final int PORTS = 31_400;

    @Test
    void theDemoRunsThroughAndLeavesTheMachineAsItWas() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        Path scratch = Repository.scratch("demo");
        Path data = scratch.resolve("data");
        Path output = scratch.resolve("output");
        ProcessBuilder builder = new ProcessBuilder(
                        Repository.root().resolve("waybill").toString(),
                        "demo",
                        "--data",
                        data.toString(),
                        "--port-base",
                        Integer.toString(PORTS))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("WAYBILL_NO_AOT", "true");
        Process demo = builder.start();
        assertThat(demo.waitFor(500, TimeUnit.SECONDS)).as("the demo ends").isTrue();
        String text = Files.readString(output);
        assertThat(demo.exitValue()).as(text).isZero();
        assertThat(text).doesNotContain("FAILED");
        assertThat(text.lines().filter(line -> line.contains("[ok]"))).hasSizeGreaterThanOrEqualTo(10);
        assertThat(MachineState.of(data)).isEmpty();
    }
}
