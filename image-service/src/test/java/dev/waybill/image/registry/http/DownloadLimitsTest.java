package dev.waybill.image.registry.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class DownloadLimitsTest {

    @Test
    void oneRegistryCannotTakeTheLastTurnOfTheOthers() throws Exception {
        DownloadLimits limits = new DownloadLimits(3, 2, 0);
        DownloadLimits.Turn first = limits.await("slow");
        DownloadLimits.Turn second = limits.await("slow");
        CompletableFuture<DownloadLimits.Turn> third = later(limits, "slow");
        try (DownloadLimits.Turn _ = limits.await("fast")) {
            assertThat(third).isNotDone();
            assertThat(limits.running()).isEqualTo(3);
        }
        assertThat(third).isNotDone();
        first.close();
        third.join().close();
        second.close();
        assertThat(limits.running()).isZero();
    }

    @Test
    void bytesComeAtTheirRate() throws Exception {
        DownloadLimits limits = new DownloadLimits(1, 1, 100_000);
        assertThat(limits.portion(1 << 20)).isEqualTo(25_000);
        long start = System.nanoTime();
        for (int i = 0; i < 4; i++) {
            limits.took(25_000);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(700), Duration.ofSeconds(5));
    }

    private static CompletableFuture<DownloadLimits.Turn> later(DownloadLimits limits, String host) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return limits.await(host);
            } catch (IOException e) {
                throw new CompletionException(e);
            }
        });
    }
}
