package dev.waybill.node.resources;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.node.testing.LimitedContainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * What the soft limit of version 1 does: when a memory node runs short, what a group has beyond its soft limit goes first
 * (Documentation/admin-guide/cgroup-v1/memory.rst, section 7). On a machine with two nodes, of which only the second runs
 * short, and with swap.
 */
final class SoftLimits {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String NODE = "waybill.dev/cpuset-mems";

    /** Takes more and more memory until it is told to stop. */
    private static final String HOG = "exec perl -e 'while (! -e \"/tmp/stop\")"
            + " { push @all, chr(65 + @all % 26) x (2 << 20); select(undef, undef, undef, 0.05) } sleep 600'";

    private SoftLimits() {}

    static void check() throws Exception {
        Map<String, String> reserved = Map.of(NODE, "1", "waybill.dev/memory-reservation", "4Mi");
        try (LimitedContainer beyond = LimitedContainer.start("{}", reserved, UnifiedLimits.fill(32));
                LimitedContainer plain =
                        LimitedContainer.startBeside(beyond, "{}", Map.of(NODE, "1"), UnifiedLimits.fill(32))) {
            assertThat(beyond.limits()).containsEntry("memory.soft_limit_in_bytes", "4194304");
            beyond.awaitOutput("filled");
            plain.awaitOutput("filled");
            long before = memory(beyond);
            long beside = memory(plain);
            try (LimitedContainer hog = LimitedContainer.startBeside(beyond, "{}", Map.of(NODE, "1"), HOG)) {
                long deadline = System.nanoTime() + PATIENCE.toNanos();
                while (memory(beyond) > before / 2) {
                    assertThat(System.nanoTime())
                            .as("reclaimed: " + memory(beyond))
                            .isLessThan(deadline);
                    Thread.sleep(20);
                }
                Files.writeString(hog.inside("/tmp/stop"), "");
            }
            long gone = before - memory(beyond);
            long goneBeside = beside - memory(plain);
            System.out.printf(
                    "a node ran short: %d KiB went beyond a soft limit, %d KiB of a container without%n",
                    gone >> 10, goneBeside >> 10);
            assertThat(gone).isGreaterThan(4 * Math.max(0, goneBeside));
        }
    }

    private static long memory(LimitedContainer container) throws IOException {
        return Long.parseLong(
                Files.readString(Path.of("/sys/fs/cgroup/memory" + container.group(), "memory.usage_in_bytes"))
                        .strip());
    }
}
