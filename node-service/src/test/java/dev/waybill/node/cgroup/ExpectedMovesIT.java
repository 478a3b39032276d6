package dev.waybill.node.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.testing.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Threads of this process in the machine's own control groups. */
class ExpectedMovesIT {
    @BeforeEach
    void needsRoot() {
        assumeTrue("root".equals(System.getProperty("user.name")), "control groups need root");
    }

    private static ExpectedMoves moves() {
        Path root = Path.of("/sys/fs/cgroup");
        return Files.exists(root.resolve("cgroup.controllers"))
                ? new ExpectedMoves(root, "", "cgroup.threads")
                : new ExpectedMoves(root.resolve("pids"), "pids", "tasks");
    }

    @Test
    void theKernelTakesAMoveThatChangesNothing() throws Exception {
        List<String> before = Files.readAllLines(Path.of("/proc/thread-self/cgroup"));
        assertThat(before).anyMatch(line -> line.endsWith(":" + group()));
        assertThat(Files.readAllLines(Path.of("/proc/thread-self/cgroup"))).isEqualTo(before);
    }

    private static String group() {
        try {
            return moves().move();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Nothing is done when nothing is expected: the thread sleeps for good. */
    @Test
    void itEndsWithTheLastExpectation() throws Exception {
        ExpectedMoves moves = moves();
        Cgroups.Expectation first = moves.begin();
        try (Cgroups.Expectation _ = moves.begin()) {
            first.close();
            first.close();
            Eventually.holds("one is still expected", () -> moving(Duration.ofMillis(50)));
        }
        Eventually.holds("none is", () -> !moving(Duration.ofMillis(300)));
    }

    /** Whether the thread gives its CPU back within that time, as one does that sleeps now and then. */
    private static boolean moving(Duration time) throws Exception {
        long before = switches();
        Thread.sleep(time);
        return switches() > before;
    }

    private static long switches() throws Exception {
        try (var tasks = Files.list(Path.of("/proc/self/task"))) {
            for (Path task : tasks.toList()) {
                if (Files.readString(task.resolve("comm")).strip().equals("expected-moves")) {
                    return Files.readAllLines(task.resolve("status")).stream()
                            .filter(line -> line.startsWith("voluntary_ctxt_switches:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                            .sum();
                }
            }
        }
        return 0;
    }
}
