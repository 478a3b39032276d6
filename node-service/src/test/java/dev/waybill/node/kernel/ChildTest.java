package dev.waybill.node.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.waybill.node.kernel.Child.Stream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs of this machine, started without the JDK. */
class ChildTest {
    @TempDir
    Path directory;

    private Child shell(String script, Map<String, String> environment, List<Stream> more) {
        List<Stream> streams =
                new ArrayList<>(List.of(Stream.NOTHING, Stream.file(directory.resolve("said")), new Stream.SameAs(1)));
        streams.addAll(more);
        return Child.start(List.of("sh", "-c", script), environment, directory, streams);
    }

    private String said() throws IOException {
        return Files.readString(directory.resolve("said")).strip();
    }

    @Test
    void itsExitCodeIsTold() {
        Child child = shell("exit 7", Map.of(), List.of());
        assertThat(child.await()).isEqualTo(7);
        assertThat(child.await()).as("asked again").isEqualTo(7);
    }

    @Test
    void oneThatIsKilledWithWhatItStartedTellsTheSignal() throws Exception {
        Child child = shell("sleep 600 & echo $!; wait", Map.of(), List.of());
        while (said().isEmpty()) {
            Thread.sleep(5);
        }
        ProcessHandle below = ProcessHandle.of(Long.parseLong(said())).orElseThrow();
        child.kill();
        assertThat(child.await()).isEqualTo(128 + 9);
        below.onExit().get();
        child.kill();
    }

    @Test
    void itHasThisEnvironmentAndMoreAndRunsInItsDirectory() throws IOException {
        String script = "echo $MORE; [ \"$PATH\" = '" + System.getenv("PATH") + "' ] && pwd; echo trouble >&2";
        assertThat(shell(script, Map.of("MORE", "than that"), List.of()).await())
                .isZero();
        assertThat(said().lines())
                .containsExactly("than that", directory.toRealPath().toString(), "trouble");
    }

    @Test
    void aProgramThatIsNotThereIsToldByItsNumber() {
        assertThatThrownBy(() -> Child.start(List.of("no-such-program"), Map.of(), null, List.of()))
                .isInstanceOfSatisfying(
                        KernelException.class, e -> assertThat(e.errno()).isEqualTo(Linux.ENOENT));
    }

    @Test
    void itAnswersThroughADescriptorOfItsOwnAndInheritsNoOther() throws Exception {
        Path open = Files.createFile(directory.resolve("open"));
        try (RandomAccessFile _ = new RandomAccessFile(open.toFile(), "r");
                Descriptor.Pipe pipe = Descriptor.pipe()) {
            Child child = shell(
                    "echo answer >&3; readlink /proc/self/fd/*", Map.of(), List.of(new Stream.Given(pipe.input())));
            pipe.input().close();
            byte[] bytes = new byte[100];
            int count = pipe.output().read(bytes);
            assertThat(new String(bytes, 0, count, StandardCharsets.UTF_8)).isEqualTo("answer\n");
            assertThat(pipe.output().read(bytes)).as("end").isNegative();
            child.await();
            assertThat(said()).contains("pipe:").contains("/dev/null").doesNotContain(open.toString());
        }
    }

    /** The JVM's threads block SIGQUIT, which a program that inherited this would never get. */
    @Test
    void itBlocksNoSignals() throws IOException {
        assertThat(shell("grep SigBlk /proc/self/status", Map.of(), List.of()).await())
                .isZero();
        assertThat(said()).isEqualTo("SigBlk:\t0000000000000000");
    }
}
