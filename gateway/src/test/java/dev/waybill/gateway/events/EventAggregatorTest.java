package dev.waybill.gateway.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.gateway.kinds.Json;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class EventAggregatorTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final EventDraft BACK_OFF =
            EventDraft.warning(Involved.pod("shop", "p", "u1"), "BackOff", "again", "kubelet", "n1");

    private final EventAggregator aggregator = new EventAggregator(100);

    @Test
    void whatHappensAgainIsCountedUnderTheSameName() {
        JsonNode first = aggregator.observe(BACK_OFF, "a", NOW, null).orElseThrow();
        JsonNode second =
                aggregator.observe(BACK_OFF, "b", NOW.plusSeconds(5), null).orElseThrow();
        assertThat(first.path("count").asInt()).isEqualTo(1);
        assertThat(second.path("count").asInt()).isEqualTo(2);
        assertThat(second.at("/metadata/name")).isEqualTo(first.at("/metadata/name"));
        assertThat(Json.text(second, "firstTimestamp")).isEqualTo("2026-03-01T12:00:00Z");
        assertThat(Json.text(second, "lastTimestamp")).isEqualTo("2026-03-01T12:00:05Z");
    }

    @Test
    void aFactThatIsDeliveredTwiceCountsOnce() {
        aggregator.observe(BACK_OFF, "a", NOW, null);
        assertThat(aggregator
                        .observe(BACK_OFF, "a", NOW, null)
                        .orElseThrow()
                        .path("count")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void countingGoesOnFromWhatIsStoredAndBeginsAnewWhenThatIsGone() {
        JsonNode stored = BACK_OFF.manifest(7, NOW.minusSeconds(60), NOW.minusSeconds(1));
        assertThat(aggregator
                        .observe(BACK_OFF, "a", NOW, stored)
                        .orElseThrow()
                        .path("count")
                        .asInt())
                .isEqualTo(8);
        Instant later = NOW.plusSeconds(60);
        assertThat(aggregator
                        .observe(BACK_OFF, "b", later, null)
                        .orElseThrow()
                        .path("count")
                        .asInt())
                .isEqualTo(1);
        JsonNode old = BACK_OFF.manifest(7, NOW, NOW);
        Instant afterItExpired = later.plus(Duration.ofHours(2));
        assertThat(aggregator
                        .observe(BACK_OFF, "c", afterItExpired, old)
                        .orElseThrow()
                        .path("count")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void anObjectThatTooMuchHappensToIsHeldBack() {
        long written = 0;
        for (int i = 0; i < 100; i++) {
            EventDraft each = EventDraft.warning(BACK_OFF.involved(), "R" + i, "m", "kubelet", "n1");
            written += aggregator.observe(each, "s" + i, NOW, null).isPresent() ? 1 : 0;
        }
        assertThat(written).isEqualTo(25);
        assertThat(aggregator.observe(BACK_OFF, "x", NOW.plus(Duration.ofMinutes(5)), null))
                .isPresent();
    }

    @Test
    void namesFitWhateverTheObjectIsCalled() {
        EventDraft draft =
                EventDraft.normal(Involved.pod("shop", "n".repeat(253), "u"), "R", "m".repeat(5_000), "kubelet", "n1");
        assertThat(draft.name()).hasSizeLessThanOrEqualTo(253);
        assertThat(draft.message()).hasSize(1_024);
        EventDraft other = EventDraft.normal(draft.involved(), "S", draft.message(), "kubelet", "n1");
        assertThat(other.name()).isNotEqualTo(draft.name());
    }
}
