package dev.waybill.scheduler.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.scheduler.workload.RolloutPlan.Numbers;
import dev.waybill.scheduler.workload.RolloutPlan.Plan;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RolloutPlanTest {
    private static final Numbers NONE = new Numbers(0, 0, 0);

    @Test
    void aFirstRolloutAsksForAllAtOnce() {
        assertThat(RolloutPlan.rolling(3, 1, 0, NONE, List.of())).isEqualTo(new Plan(3, List.of()));
    }

    @Test
    void newPodsComeWithinTheSurgeBeforeOldOnesGo() {
        Plan plan = RolloutPlan.rolling(3, 1, 0, NONE, List.of(new Numbers(3, 3, 3)));
        assertThat(plan).isEqualTo(new Plan(1, List.of(3)));
        Plan next = RolloutPlan.rolling(3, 1, 0, new Numbers(1, 1, 1), List.of(new Numbers(3, 3, 3)));
        assertThat(next).isEqualTo(new Plan(1, List.of(2)));
    }

    @Test
    void unhealthyOldPodsGoFirst() {
        Plan plan = RolloutPlan.rolling(3, 1, 1, NONE, List.of(new Numbers(3, 2, 3)));
        assertThat(plan.old()).containsExactly(2);
    }

    @Test
    void recreateWaitsUntilTheOldOnesAreGone() {
        assertThat(RolloutPlan.recreate(3, List.of(new Numbers(3, 3, 3)))).isEqualTo(new Plan(0, List.of(0)));
        assertThat(RolloutPlan.recreate(3, List.of(new Numbers(0, 0, 1)))).isEqualTo(new Plan(0, List.of(0)));
        assertThat(RolloutPlan.recreate(3, List.of(NONE))).isEqualTo(new Plan(3, List.of(0)));
    }

    @Property
    void neverTooManyPodsAndNeverTooFewAvailable(
            @ForAll @IntRange(min = 1, max = 20) int replicas,
            @ForAll @IntRange(max = 5) int surge,
            @ForAll @IntRange(max = 5) int unavailable,
            @ForAll @IntRange(max = 20) int freshWanted,
            @ForAll @IntRange(max = 20) int oldWanted) {
        Numbers fresh = new Numbers(freshWanted, freshWanted, freshWanted);
        Numbers old = new Numbers(oldWanted, oldWanted, oldWanted);
        Plan plan = RolloutPlan.rolling(replicas, surge, unavailable, fresh, List.of(old));
        int total = freshWanted + oldWanted;
        assertThat(plan.fresh() + plan.old().getFirst()).isLessThanOrEqualTo(Math.max(total, replicas + surge));
        int availableAfter = Math.min(plan.fresh(), freshWanted) + plan.old().getFirst();
        assertThat(availableAfter).isGreaterThanOrEqualTo(Math.min(total, replicas - unavailable));
    }

    /** Applying plan after plan, with every pod becoming available, ends with the new replica set alone. */
    @Property(tries = 200)
    void aRolloutEnds(
            @ForAll @IntRange(min = 1, max = 20) int replicas,
            @ForAll @IntRange(max = 5) int surge,
            @ForAll @IntRange(max = 5) int unavailable) {
        int spare = surge == 0 && unavailable == 0 ? 1 : unavailable;
        int fresh = 0;
        int old = replicas;
        for (int step = 0; step < 100 && !(fresh == replicas && old == 0); step++) {
            Plan plan = RolloutPlan.rolling(
                    replicas, surge, spare, new Numbers(fresh, fresh, fresh), List.of(new Numbers(old, old, old)));
            fresh = plan.fresh();
            old = plan.old().getFirst();
        }
        assertThat(fresh).isEqualTo(replicas);
        assertThat(old).isZero();
    }
}
