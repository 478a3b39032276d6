package dev.waybill.gateway.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.ContainerRef;
import dev.waybill.events.ContainerUsageSampled;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class UsageBookTest {
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final UsageBook book = new UsageBook(((InstantSource) () -> now).withZone(ZoneOffset.UTC));

    private void sample(String pod, String container, String id, long cpuNanos, long memory) {
        book.note(ContainerUsageSampled.newBuilder()
                .setContainer(ContainerRef.newBuilder()
                        .setNodeName("n1")
                        .setPodUid(pod)
                        .setNamespace("shop")
                        .setPodName(pod)
                        .setContainerName(container)
                        .setContainerId(id)
                        .setAttempt(0)
                        .build())
                .setSampledAt(now)
                .setCpuNanos(cpuNanos)
                .setMemoryUsageBytes(memory * 2)
                .setMemoryWorkingSetBytes(memory)
                .setIoReadBytes(0)
                .setIoWriteBytes(0)
                .setPids(1)
                .build());
    }

    @Test
    void twoSamplesMakeARate() {
        sample("p", "web", "c0", 1_000_000_000L, 100);
        assertThat(book.of("p")).as("one says nothing yet").isEmpty();
        now = now.plusSeconds(10);
        sample("p", "web", "c0", 6_000_000_000L, 200);
        assertThat(book.of("p"))
                .containsExactly(new ContainerUse("web", now, Duration.ofSeconds(10), 500_000_000L, 200));
        sample("p", "web", "c0", 9_000_000_000L, 300);
        assertThat(book.of("p"))
                .as("the same moment again")
                .extracting(ContainerUse::memoryBytes)
                .containsExactly(200L);
    }

    @Test
    void aContainerThatStartedAgainBeginsAgain() {
        sample("p", "web", "c0", 1_000_000_000L, 100);
        now = now.plusSeconds(10);
        sample("p", "web", "c1", 5_000L, 100);
        assertThat(book.of("p")).isEmpty();
    }

    @Test
    void whatWasNotSampledForTwoMinutesIsForgotten() {
        for (String pod : new String[] {"p", "q"}) {
            sample(pod, "web", "c0", 0, 100);
            now = now.plusSeconds(10);
            sample(pod, "web", "c0", 10, 100);
        }
        now = now.plus(Duration.ofMinutes(1));
        sample("q", "web", "c0", 20, 100);
        now = now.plus(Duration.ofMinutes(1));
        assertThat(book.of("p")).isEmpty();
        assertThat(book.of("q")).hasSize(1);
        now = now.plus(Duration.ofMinutes(5));
        sample("r", "web", "c0", 0, 100);
        assertThat(book.of("q")).isEmpty();
    }
}
