package dev.waybill.node.resources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Control groups of version 2 for real, on hosts that have version 1 too: {@link UnifiedLimits} in a machine under
 * software emulation with Debian's kernel, which {@code ./waybill test} fetches.
 */
@Timeout(1000)
class UnifiedLimitsIT {
    private static final Pattern NEEDED = Pattern.compile(
            ".*(/waybill|node-service|image-service|event-|jackson|assertj|byte-buddy|slf4j|logback|avro|jspecify).*");

    @TempDir
    Path directory;

    private static Path kernel() {
        String tools = System.getenv("WAYBILL_TOOLS");
        return Path.of(tools == null ? "/nowhere" : tools, "vm-kernel");
    }

    private static boolean present(String program) {
        return Stream.of("/usr/bin", "/bin", "/usr/sbin").anyMatch(path -> Files.isExecutable(Path.of(path, program)));
    }

    @TestFactory
    Stream<DynamicTest> everyCheckInAMachineOfItsOwn() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "the machine's files are made as root");
        for (String program : List.of("qemu-system-x86_64", "busybox", "crun", "conmon")) {
            assumeTrue(present(program), program + " is not installed");
        }
        assumeTrue(Files.isDirectory(kernel().resolve("boot")), "no kernel for a machine; ./waybill test fetches one");
        List<String> lines = run();
        assertThat(lines).as("what the machine printed").anyMatch(line -> line.startsWith("kernel "));
        return UnifiedLimits.checks().keySet().stream()
                .map(name -> DynamicTest.dynamicTest(
                        name, () -> assertThat(lines).anyMatch(line -> line.startsWith("ok " + name + " in "))));
    }

    private List<String> run() throws Exception {
        String classpath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        String needed = Arrays.stream(classpath.split(":", -1))
                .filter(part -> NEEDED.matcher(part).matches())
                .collect(Collectors.joining(":"));
        Path output = directory.resolve("output");
        ProcessBuilder builder = new ProcessBuilder(
                        "src/test/vm/run",
                        kernel().toString(),
                        directory.toString(),
                        needed,
                        UnifiedLimits.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("WAYBILL_VM_SECONDS", "900");
        builder.start().waitFor();
        List<String> lines = Files.readAllLines(output);
        lines.forEach(line -> System.out.println("vm: " + line));
        return lines;
    }
}
