package dev.waybill.quota.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.waybill.events.ContainerRef;
import dev.waybill.events.ContainerUsageSampled;
import dev.waybill.events.UsageReported;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class UsageMeterTest {
    private final UsageMeter meter = new UsageMeter(Duration.ofSeconds(10));

    @Test
    void sumsWhatCountersRoseByAndTheNamespacesTotal() {
        meter.sample(sample("a", 0, 1_000_000_000L));
        meter.sample(sample("a", 5, 3_000_000_000L));
        meter.sample(sample("a", 5, 3_000_000_000L)); // the same again adds nothing
        meter.sample(sample("b", 5, 500_000_000L));
        List<UsageReported> reports = meter.tick(Instant.ofEpochSecond(10));
        assertThat(reports).hasSize(3);
        assertThat(reports.getFirst().getCpuCoreSeconds()).isEqualTo(3.0, within(1e-9));
        assertThat(reports.getFirst().getMemoryByteSeconds()).isEqualTo(5 * 1024.0, within(1e-6));
        assertThat(reports.getLast().getPodUid()).isEmpty();
        assertThat(reports.getLast().getCpuCoreSeconds()).isEqualTo(3.5, within(1e-9));
    }

    @Test
    void aCounterThatFellBeganAnew() {
        meter.sample(sample("a", 0, 9_000_000_000L));
        assertThat(meter.sample(sample("a", 11, 1_000_000_000L))).hasSize(2);
        assertThat(meter.tick(Instant.ofEpochSecond(25)).getFirst().getCpuCoreSeconds())
                .isEqualTo(1.0, within(1e-9));
    }

    @Test
    void aPodsNetworkIsOneCounterWhateverContainerTellsOfIt() {
        meter.sample(network("first", 0, 100));
        meter.sample(network("first", 2, 300));
        // Its process has ended: nothing could be read. The next one shows the same network's counter.
        meter.sample(network("first", 3, 0));
        meter.sample(network("second", 5, 450));
        assertThat(meter.tick(Instant.ofEpochSecond(10)).getFirst().getNetworkBytes())
                .isEqualTo(450);
    }

    private static ContainerUsageSampled network(String container, long second, long bytes) {
        ContainerUsageSampled sample = sample("a", second, 0);
        sample.getContainer().setContainerId(container);
        sample.setNetworkTransmitBytes(bytes);
        return sample;
    }

    private static ContainerUsageSampled sample(String pod, long second, long cpuNanos) {
        return ContainerUsageSampled.newBuilder()
                .setContainer(ContainerRef.newBuilder()
                        .setNodeName("n")
                        .setPodUid(pod)
                        .setNamespace("shop")
                        .setPodName(pod)
                        .setContainerName("c")
                        .setContainerId(pod)
                        .setAttempt(0)
                        .build())
                .setSampledAt(Instant.ofEpochSecond(second))
                .setCpuNanos(cpuNanos)
                .setMemoryUsageBytes(2048)
                .setMemoryWorkingSetBytes(1024)
                .setIoReadBytes(0)
                .setIoWriteBytes(0)
                .setPids(1)
                .build();
    }
}
