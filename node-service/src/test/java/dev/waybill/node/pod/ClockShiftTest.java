package dev.waybill.node.pod;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** A clock that was set changes nothing of when things happen. */
class ClockShiftTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final List<Duration> MOVES =
            List.of(Duration.ofHours(-3), Duration.ofSeconds(5), Duration.ofDays(9));

    private static PodSpec pod(String metadata) {
        return PodParser.parse(new JsonMapper().readTree("""
                {"metadata": {"uid": "u1", "namespace": "shop", "name": "web" %s},
                 "spec": {"terminationGracePeriodSeconds": 5, "containers": [{"name": "main", "image": "app:1",
                    "livenessProbe": {"exec": {"command": ["x"]}, "periodSeconds": 7}}]}}""".formatted(metadata)));
    }

    /** At each second from here on the same is decided, whether the clock was set or not. */
    private static void assertSame(PodSpec pod, PodState state, Instant now, int seconds) {
        for (Duration by : MOVES) {
            PodState plain = state;
            PodState moved = PodStateMachine.replay(pod, state, new PodFact.ClockMoved(by), now.plus(by));
            for (int second = 0; second < seconds; second++) {
                Instant time = now.plusSeconds(second);
                PodStateMachine.Decision before = PodStateMachine.decide(pod, plain, time, "r");
                PodStateMachine.Decision after = PodStateMachine.decide(pod, moved, time.plus(by), "r");
                assertThat(after.effects())
                        .as("second " + second + " set by " + by)
                        .isEqualTo(before.effects());
                plain = before.state();
                moved = after.state();
            }
        }
    }

    private static PodState running(PodSpec pod) {
        PodState state = PodStateMachine.decide(pod, PodState.fresh(pod, START), START, "r")
                .state();
        ImageFacts image = new ImageFacts("app:1", "sha256:1", "", List.of("/l"), "{}");
        state = PodStateMachine.replay(pod, state, new PodFact.ImageIsReady("app:1", image), START);
        state = PodStateMachine.replay(pod, state, new PodFact.SandboxReady("10.0.0.2"), START);
        state = PodStateMachine.decide(pod, state, START, "r").state();
        return PodStateMachine.replay(pod, state, new PodFact.ContainerRuns("main", 0, "c0", 42, START), START);
    }

    @Test
    void imagesAndSandboxAreTriedAgainWhenTheyWouldHaveBeen() {
        PodSpec pod = pod("");
        PodState state = PodStateMachine.decide(pod, PodState.fresh(pod, START), START, "r")
                .state();
        assertSame(pod, state, START, 15);
        state = PodStateMachine.replay(pod, state, new PodFact.ImageFailed("app:1", "ErrImagePull", "no"), START);
        state = PodStateMachine.replay(pod, state, new PodFact.SandboxFailed("no"), START);
        assertSame(pod, state, START, 15);
    }

    @Test
    void probesAreAskedWhenTheyWouldHaveBeen() {
        PodSpec pod = pod("");
        PodState state = PodStateMachine.decide(pod, running(pod), START, "r").state();
        assertSame(pod, state, START.plusSeconds(1), 30);
    }

    @Test
    void theGracePeriodIsAsLong() {
        PodSpec deleting = pod(", \"deletionTimestamp\": \"2026-01-01T00:00:00Z\", \"deletionGracePeriodSeconds\": 5");
        PodState state =
                PodStateMachine.decide(deleting, running(deleting), START, "r").state();
        assertSame(deleting, state, START.plusSeconds(1), 20);
    }

    @Test
    void anImageThatIsGoneIsAskedForAgain() {
        PodSpec pod = pod("");
        PodState state =
                PodStateMachine.replay(pod, running(pod), new PodFact.ImageIsGone("app:1"), START.plusSeconds(1));
        assertThat(PodStateMachine.decide(pod, state, START.plusSeconds(1), "again")
                        .effects())
                .anyMatch(effect -> effect instanceof PodEffect.RequestImage);
    }
}
