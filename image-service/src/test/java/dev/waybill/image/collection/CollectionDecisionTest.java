package dev.waybill.image.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.waybill.image.registry.Digest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class CollectionDecisionTest {

    private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");
    private static final CollectionPolicy POLICY =
            new CollectionPolicy(85, 80, Duration.ofMinutes(2), Duration.ofDays(7));
    private static final DiskUse FULL = new DiskUse(1000, 100);
    private static final DiskUse ROOMY = new DiskUse(1000, 500);

    private static ImageUse image(String name, boolean inUse, Duration age) {
        return new ImageUse(new Digest(name.repeat(64)), inUse, NOW.minus(age));
    }

    private final ImageUse young = image("1", false, Duration.ofMinutes(1));
    private final ImageUse recent = image("2", false, Duration.ofHours(1));
    private final ImageUse older = image("3", false, Duration.ofHours(2));
    private final ImageUse used = image("4", true, Duration.ofDays(30));
    private final ImageUse old = image("5", false, Duration.ofDays(30));

    @Test
    void aFullDiskTakesTheLeastRecentlyUsedFirstAndNeverWhatIsInUseOrYoung() {
        CollectionDecision decision =
                CollectionDecision.decide(POLICY, FULL, List.of(young, recent, older, used, old), NOW);
        assertThat(decision.expired()).containsExactly(old);
        assertThat(decision.candidates()).containsExactly(older, recent);
        assertThat(decision.bytesToFree()).isEqualTo(100);
    }

    @Test
    void belowTheHighThresholdOnlyAgeCounts() {
        CollectionDecision decision = CollectionDecision.decide(POLICY, ROOMY, List.of(recent, used, old), NOW);
        assertThat(decision.expired()).containsExactly(old);
        assertThat(decision.candidates()).isEmpty();
        assertThat(decision.bytesToFree()).isZero();
    }

    @Test
    void theThresholdItselfCounts() {
        assertThat(CollectionDecision.decide(POLICY, new DiskUse(1000, 150), List.of(), NOW)
                        .bytesToFree())
                .isEqualTo(50);
        assertThat(CollectionDecision.decide(POLICY, new DiskUse(1000, 160), List.of(), NOW)
                        .bytesToFree())
                .isZero();
    }

    @Test
    void aMaximumAgeOfZeroIsNone() {
        CollectionPolicy policy = new CollectionPolicy(85, 80, Duration.ofMinutes(2), Duration.ZERO);
        assertThat(CollectionDecision.decide(policy, ROOMY, List.of(old), NOW).expired())
                .isEmpty();
    }

    @Test
    void thresholdsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> new CollectionPolicy(50, 60, Duration.ZERO, Duration.ZERO))
                .hasMessageContaining("low-threshold-percent (60)");
    }
}
