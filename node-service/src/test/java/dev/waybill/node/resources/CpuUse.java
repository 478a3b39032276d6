package dev.waybill.node.resources;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.node.testing.Eventually;
import dev.waybill.node.testing.LimitedContainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What busy containers get of the CPU, held against what the kernel promises them and not against the clock: others may
 * leave them less of it at any time. Stateless.
 */
final class CpuUse {
    private static final int PERIODS = 25;

    private CpuUse() {}

    /**
     * Whether a quota is what holds a busy container: in each period in which the kernel stopped it, it had used all of
     * it, and never more.
     */
    static void assertQuota(LimitedContainer container, Duration quota, Duration period) throws Exception {
        long stoppedBefore = stopped(container);
        long begun = System.nanoTime();
        long before = used(container);
        Eventually.holds("stopped in " + PERIODS + " periods", () -> stopped(container) >= stoppedBefore + PERIODS);
        long stopped = stopped(container) - stoppedBefore;
        long used = used(container) - before;
        double periods = (double) (System.nanoTime() - begun) / period.toNanos();
        System.out.printf(
                "quota of %d us: %.0f us used in each of %d periods in which it was stopped, of %.1f%n",
                quota.toNanos() / 1000, used / 1000.0 / stopped, stopped, periods);
        assertThat((double) used)
                .as("used in %d periods, of %.1f, with a quota of %s", stopped, periods, quota)
                .isBetween(0.6 * quota.toNanos() * stopped, 1.2 * quota.toNanos() * (periods + 1));
    }

    /** In how many periods it was stopped, by its own limit or by its pod's, which is the same. */
    private static long stopped(LimitedContainer container) throws IOException {
        return Math.max(stopped(container, container.group()), stopped(container, container.podGroup()));
    }

    private static long stopped(LimitedContainer container, String group) throws IOException {
        String controller = container.cgroups().version() == 2 ? "" : "/cpu";
        return Files.readAllLines(Path.of("/sys/fs/cgroup" + controller + group, "cpu.stat")).stream()
                .filter(line -> line.startsWith("nr_throttled "))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }

    /** How much the second gets for each second of the first, once the first has had so much. */
    static double ratio(LimitedContainer first, LimitedContainer second, Duration enough) throws Exception {
        long[] before = {used(first), used(second)};
        Eventually.holds("the first has had " + enough, () -> used(first) - before[0] >= enough.toNanos());
        return (double) (used(second) - before[1]) / (used(first) - before[0]);
    }

    private static long used(LimitedContainer container) {
        return container.cgroups().usage(container.group()).cpuNanos();
    }
}
