package dev.waybill.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PaceTest {
    private static final long MILLISECOND = 1_000_000;
    private final Pace pace = new Pace(Duration.ofMillis(5), 3);

    @Test
    void fewRecordsAreNeverHeldUp() {
        for (long now = 0; now < 10 * MILLISECOND; now += MILLISECOND) {
            assertThat(pace.remaining(now)).isZero();
            pace.begin(3, now);
        }
    }

    @Test
    void afterALargerPortionTheGapIsKept() {
        pace.begin(4, 100 * MILLISECOND);
        assertThat(pace.remaining(102 * MILLISECOND)).isEqualTo(Duration.ofMillis(3));
        assertThat(pace.remaining(105 * MILLISECOND).isPositive()).isFalse();
        assertThat(pace.remaining(900 * MILLISECOND).isPositive()).isFalse();
    }
}
