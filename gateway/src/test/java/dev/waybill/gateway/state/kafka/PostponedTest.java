package dev.waybill.gateway.state.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOperation;
import dev.waybill.gateway.state.kafka.Postponed.Case;
import dev.waybill.runtime.ReceivedEvent;
import dev.waybill.runtime.TraceContext;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PostponedTest {
    private final Postponed postponed = new Postponed();
    private final Map<String, Long> positions = new HashMap<>();
    private final List<Long> decided = new ArrayList<>();

    @Test
    void recordsStayInTheOrderOfTheirPartitionAndOthersPass() {
        Case first = Case.of(record("slow", 10));
        postponed.add(first);
        assertThat(postponed.keeps(record("slow", 11))).isTrue();
        assertThat(postponed.keeps(record("other", 3))).isFalse();
        assertThat(postponed.keeps(record("slow", 13))).isTrue();
        postponed.read(Map.of("slow-0", 14L, "other-0", 4L), positions);
        assertThat(positions).containsOnly(Map.entry("slow-0", 10L), Map.entry("other-0", 4L));
        assertThat(postponed.keeps(record("slow", 14))).as("of a later portion").isTrue();
        postponed.read(Map.of("slow-0", 15L), positions);
        assertThat(positions).containsEntry("slow-0", 10L);

        assertThat(postponed.remove(first)).isTrue();
        assertThat(postponed.goOn(first.examined(null, null), this::decide, positions))
                .isEqualTo(4);
        assertThat(decided).containsExactly(10L, 11L, 13L, 14L);
        assertThat(positions).containsEntry("slow-0", 15L);
        assertThat(postponed.keeps(record("slow", 15))).isFalse();
    }

    @Test
    void aRecordThatIsPostponedBehindAnotherHoldsTheRest() {
        Case first = Case.of(record("slow", 10));
        postponed.add(first);
        postponed.keeps(record("slow", 11));
        postponed.keeps(record("slow", 12));
        postponed.read(Map.of("slow-0", 13L), positions);
        postponed.remove(first);
        Case second = Case.of(record("slow", 11));
        assertThat(postponed.goOn(first, next -> decideOrPostpone(next, second), positions))
                .isEqualTo(1);
        assertThat(positions).containsEntry("slow-0", 11L);
        assertThat(postponed.remove(second)).isTrue();
        assertThat(postponed.goOn(second.examined(null, null), this::decide, positions))
                .isEqualTo(2);
        assertThat(decided).containsExactly(10L, 11L, 12L);
        assertThat(positions).containsEntry("slow-0", 13L);
    }

    @Test
    void aRecordThatIsExaminedAgainStaysWhereItIs() {
        Case first = Case.of(record("slow", 10));
        postponed.add(first);
        postponed.read(Map.of("slow-0", 11L), positions);
        postponed.remove(first);
        Case again = first.examined(null, null);
        assertThat(again.round()).isEqualTo(1);
        assertThat(postponed.goOn(again, next -> decideOrPostpone(next, again), positions))
                .isZero();
        assertThat(positions).containsEntry("slow-0", 10L);
        postponed.remove(again);
        assertThat(postponed.goOn(again, this::decide, positions)).isEqualTo(1);
        assertThat(positions).containsEntry("slow-0", 11L);
    }

    @Test
    void onlyWhatThisReignHasAskedForIsWaitedFor() {
        Case before = Case.of(record("slow", 10));
        new Postponed().add(before);
        assertThat(postponed.remove(before)).isFalse();
    }

    @Test
    void aPartitionOfWhichMuchIsHeldIsNotReadOn() {
        postponed.add(Case.of(record("slow", 0)));
        assertThat(postponed.full()).isEmpty();
        for (int i = 1; i < 1_000; i++) {
            postponed.keeps(record("slow", i));
        }
        assertThat(postponed.full()).containsExactly("slow-0");
    }

    private boolean decide(Case next) {
        decided.add(next.input().offset());
        return true;
    }

    private boolean decideOrPostpone(Case next, Case slow) {
        if (next.input().offset() == slow.input().offset()) {
            postponed.add(slow);
            return false;
        }
        return decide(next);
    }

    private static ReceivedEvent record(String topic, long offset) {
        DesiredStateRequest request = DesiredStateRequest.newBuilder()
                .setOperation(RequestOperation.CREATE)
                .build();
        return new ReceivedEvent(request, "", topic, 0, offset, Instant.EPOCH, "id-" + offset, TraceContext.NONE);
    }
}
