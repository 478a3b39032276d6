package dev.waybill.gateway.conversion.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.gateway.kinds.WebhookConversion;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CallSlotsTest {
    private static final Duration NOW = Duration.ZERO;

    private final CallSlots slots = new CallSlots(2, 3);
    private final WebhookConversion a = webhook("a");
    private final WebhookConversion b = webhook("b");

    @Test
    void oneWebhookHasAPartOfThem() throws Exception {
        assertThat(slots.take(a, NOW)).isTrue();
        assertThat(slots.take(a, NOW)).isTrue();
        assertThat(slots.take(a, NOW)).isFalse();
        assertThat(slots.take(b, NOW)).isTrue();
        assertThat(slots.take(b, NOW)).as("all are taken").isFalse();
        slots.giveBack(a);
        assertThat(slots.take(b, NOW)).isTrue();
        assertThat(slots.take(a, NOW)).isFalse();
    }

    @Test
    void whoWaitsBeginsWhenAnotherEnds() throws Exception {
        slots.take(a, NOW);
        slots.take(a, NOW);
        CompletableFuture<Boolean> third = CompletableFuture.supplyAsync(() -> {
            try {
                return slots.take(a, Duration.ofSeconds(50));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        slots.giveBack(a);
        assertThat(third.join()).isTrue();
        assertThat(slots.take(a, Duration.ofMillis(20))).isFalse();
    }

    private static WebhookConversion webhook(String name) {
        return new WebhookConversion(name, "https://" + name, null, "", List.of("v1"));
    }
}
