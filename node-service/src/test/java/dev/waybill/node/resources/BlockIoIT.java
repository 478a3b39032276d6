package dev.waybill.node.resources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.pod.ContainerConfigException;
import dev.waybill.node.testing.LimitedContainer;
import dev.waybill.node.testing.LoopDevice;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Block I/O limits against a loop device of this test's own, with the rate really reached. */
@Timeout(600)
class BlockIoIT {
    private static final long SPARSE_BYTES = 8L << 30;

    private LoopDevice loop;

    @BeforeEach
    void device() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
        loop = LoopDevice.attach(64 << 20);
    }

    @AfterEach
    void remove() {
        if (loop != null) {
            loop.close();
        }
    }

    /** Runs a script of {@link DiskBacklog}, and returns bytes (or, with a block each, operations) per second. */
    private double rate(String knob, String value, String script, long amount) throws Exception {
        Map<String, String> knobs = Map.of(
                "waybill.dev/device", loop.path() + ":/dev/disk", "waybill.dev/" + knob, loop.path() + ":" + value);
        try (LimitedContainer container = LimitedContainer.start("{}", knobs, script)) {
            double rate = amount / DiskBacklog.seconds(container);
            System.out.printf("%s %s: %.0f per second%n", knob, value, rate);
            return rate;
        }
    }

    @Test
    void writtenBytesPerSecond() throws Exception {
        double rate = rate("device-write-bps", "2m", DiskBacklog.writing("128k", 64), 8 << 20);
        assertThat(rate).isBetween(1.2 * (1 << 20), 2.4 * (1 << 20));
    }

    @Test
    void readBytesPerSecond() throws Exception {
        double rate = rate("device-read-bps", "2m", DiskBacklog.reading("128k", 64), 8 << 20);
        assertThat(rate).isBetween(1.2 * (1 << 20), 2.4 * (1 << 20));
    }

    @Test
    void writesPerSecond() throws Exception {
        double rate = rate("device-write-iops", "50", DiskBacklog.writing("4k", 200), 200);
        assertThat(rate).isBetween(30.0, 60.0);
    }

    @Test
    void readsPerSecond() throws Exception {
        double rate = rate("device-read-iops", "50", DiskBacklog.reading("4k", 200), 200);
        assertThat(rate).isBetween(30.0, 60.0);
    }

    @Test
    void aRateIsSetChangedAndTakenAwayWhileTheContainerRuns() throws Exception {
        String device = loop.number();
        try (LimitedContainer container = LimitedContainer.start(
                "{}", Map.of("waybill.dev/device-write-bps", loop.path() + ":1m"), "exec sleep 60")) {
            assertThat(container.limits()).containsEntry("blkio.throttle.write_bps_device", device + " 1048576");
            assertThat(container.change("{}", Map.of("main.waybill.dev/device-write-bps", loop.path() + ":3m")))
                    .containsEntry("blkio.throttle.write_bps_device", device + " 3145728");
            assertThat(container.change("{}", Map.of())).doesNotContainKey("blkio.throttle.write_bps_device");
        }
    }

    @Test
    void aWeightNeedsBfqOnItsDevice() throws Exception {
        Map<String, String> knobs =
                Map.of("waybill.dev/blkio-weight", "400", "waybill.dev/blkio-weight-device", loop.path() + ":300");
        assertThatThrownBy(() -> LimitedContainer.resolve(LimitedContainer.pod("{}", knobs)))
                .isInstanceOf(ContainerConfigException.class)
                .hasMessageContaining("annotation waybill.dev/blkio-weight")
                .hasMessageContainingAll("BFQ");
        assumeTrue(loop.schedule("bfq"), "this kernel has no BFQ");
        try (LimitedContainer container = LimitedContainer.start("{}", knobs, "exec sleep 60")) {
            assertThat(container.limits()).containsEntry("blkio.bfq.weight", "400");
            assertThat(container.limits().get("blkio.bfq.weight_device"))
                    .contains("default 400", loop.number() + " 300");
            assertThat(container.change("{}", Map.of())).containsEntry("blkio.bfq.weight", "100");
        }
    }

    /** In pods of their own, since a disk's time is divided among pods first. */
    @ParameterizedTest
    @ValueSource(strings = {"blkio-weight", "blkio-weight-device"})
    void weightsDivideTheTimeOfADisk(String knob) throws Exception {
        try (LoopDevice large = LoopDevice.attach(SPARSE_BYTES)) {
            assumeTrue(large.schedule("bfq"), "this kernel has no BFQ");
            large.tune("low_latency", "0");
            large.tune("strict_guarantees", "1");
            String of = knob.equals("blkio-weight") ? "" : large.path() + ":";
            double ratio = DiskContest.ratio(large.path(), "64k", knob, of + "100", of + "500", Duration.ofSeconds(4));
            assertThat(ratio).isBetween(2.5, 10.0);
        }
    }

    @Test
    void useIsCounted() throws Exception {
        CountedUse.check();
    }

    @Test
    void everyLimitChangesWhileTheContainerRuns() throws Exception {
        assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "one CPU only");
        assumeTrue(loop.schedule("bfq"), "this kernel has no BFQ");
        LiveKnobs.check(1, loop);
    }
}
