package dev.waybill.image.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.image.registry.Digest;
import dev.waybill.image.store.StoredImage;
import dev.waybill.runtime.TraceContext;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PullDecisionTest {

    private static final StoredImage IMAGE = new StoredImage(Digest.of(new byte[0]), Map.of(), List.of(), 0, "{}", 0);

    @Test
    void thePolicyDecides() {
        assertThat(decide("nginx", "IfNotPresent", true)).isEqualTo(new PullDecision.Answer(IMAGE));
        assertThat(decide("nginx", "IfNotPresent", false)).isInstanceOf(PullDecision.Fetch.class);
        assertThat(decide("nginx", "Always", true)).isInstanceOf(PullDecision.Resolve.class);
        assertThat(decide("nginx@sha256:" + "a".repeat(64), "Always", true)).isEqualTo(new PullDecision.Answer(IMAGE));
        assertThat(decide("nginx", "Always", false)).isInstanceOf(PullDecision.Fetch.class);
        assertThat(decide("nginx", "Never", true)).isEqualTo(new PullDecision.Answer(IMAGE));
        assertThat(decide("nginx", "Never", false))
                .isInstanceOfSatisfying(
                        PullDecision.Refuse.class,
                        refuse -> assertThat(refuse.failure().reason()).isEqualTo("ErrImageNeverPull"));
    }

    @Test
    void nonsenseIsRefusedForGood() {
        assertThat(decide("Nginx", "Always", false)).isInstanceOfSatisfying(PullDecision.Refuse.class, refuse -> {
            assertThat(refuse.failure().reason()).isEqualTo("InvalidImageName");
            assertThat(refuse.failure().retryable()).isFalse();
        });
        assertThat(decide("nginx", "Sometimes", false))
                .isInstanceOfSatisfying(
                        PullDecision.Refuse.class,
                        refuse -> assertThat(refuse.failure().message()).contains("pullPolicy"));
    }

    @Test
    void requestsForOneImageShareAPullAndRepeatsCountOnce() {
        RunningPulls pulls = new RunningPulls(1);
        assertThat(pulls.join("a", request("1"))).isEqualTo(RunningPulls.Joined.FIRST);
        assertThat(pulls.join("a", request("1"))).isEqualTo(RunningPulls.Joined.JOINED);
        assertThat(pulls.join("a", request("2"))).isEqualTo(RunningPulls.Joined.JOINED);
        assertThat(pulls.join("b", request("3"))).isEqualTo(RunningPulls.Joined.FULL);
        assertThat(pulls.finish("a")).extracting(PullRequest::id).containsExactly("1", "2");
        assertThat(pulls.join("b", request("3"))).isEqualTo(RunningPulls.Joined.FIRST);
    }

    @Test
    void progressIsReportedTwiceASecondAtMost() {
        ProgressThrottle throttle = new ProgressThrottle(Duration.ofMillis(500));
        int admitted = 0;
        for (int millis = 0; millis < 10_000; millis++) {
            admitted += throttle.admits("layer", Duration.ofMillis(millis).toNanos()) ? 1 : 0;
        }
        assertThat(admitted).isBetween(18, 20);
    }

    private static PullDecision decide(String reference, String policy, boolean present) {
        return PullDecision.decide(reference, policy, _ -> present ? Optional.of(IMAGE) : Optional.empty());
    }

    private static PullRequest request(String id) {
        return new PullRequest(id, "a", "Always", "shop", List.of(), TraceContext.NONE, 0);
    }
}
