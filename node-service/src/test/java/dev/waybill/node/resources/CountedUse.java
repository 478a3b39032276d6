package dev.waybill.node.resources;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.node.cgroup.CgroupUsage;
import dev.waybill.node.testing.LimitedContainer;
import dev.waybill.node.testing.LoopDevice;
import java.util.Map;

/** A container that uses known amounts, and what its control group says of them, on either version. Stateless. */
final class CountedUse {
    private static final String SCRIPT = "dd if=/dev/zero of=/dev/disk bs=1M count=8 oflag=direct 2>/dev/null;"
            + " dd if=/dev/disk of=/dev/null bs=1M count=4 iflag=direct 2>/dev/null;"
            + " sleep 600 & sleep 600 &"
            + " exec perl -e '$| = 1; for my $n (1..32) { push @all, chr(65 + $n % 26) x (1 << 20) }"
            + " do { ($u, $s) = times } while $u + $s < 1; print \"done\\n\"; sleep 600'";

    private CountedUse() {}

    static void check() throws Exception {
        try (LoopDevice loop = LoopDevice.attach(16 << 20);
                LimitedContainer container = LimitedContainer.start(
                        "{}", Map.of("waybill.dev/device", loop.path() + ":/dev/disk"), SCRIPT)) {
            container.awaitOutput("done");
            CgroupUsage use = container.cgroups().usage(container.group());
            System.out.println("1 s of CPU, 32 MiB, 8 MiB written, 4 MiB read, 3 processes: " + use);
            assertThat(use.cpuNanos()).isBetween(1_000_000_000L, 2_500_000_000L);
            assertThat(use.memoryBytes()).isBetween(32L << 20, 56L << 20);
            assertThat(use.workingSetBytes()).isBetween(32L << 20, use.memoryBytes());
            assertThat(use.ioWriteBytes()).isBetween(8L << 20, 9L << 20);
            assertThat(use.ioReadBytes()).isBetween(4L << 20, 5L << 20);
            assertThat(use.pids()).isEqualTo(3);
        }
    }
}
