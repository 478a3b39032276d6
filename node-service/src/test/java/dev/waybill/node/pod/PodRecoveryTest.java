package dev.waybill.node.pod;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.node.pod.ContainerState.Phase;
import dev.waybill.node.pod.PodState.Sandbox;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class PodRecoveryTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final ImageFacts IMAGE = new ImageFacts("app:1", "sha256:1", "", List.of("/l"), "{}");

    private final PodSpec pod = PodParser.parse(new JsonMapper().readTree("""
            {"metadata": {"uid": "u1", "namespace": "shop", "name": "web"},
             "spec": {"containers": [{"name": "main", "image": "app:1"}]}}"""));

    private PodState starting() {
        PodState state = PodState.fresh(pod, NOW);
        state = PodStateMachine.replay(pod, state, new PodFact.ImageIsReady("app:1", IMAGE), NOW);
        state = PodStateMachine.replay(pod, state, new PodFact.SandboxReady("10.0.0.2"), NOW);
        return PodStateMachine.decide(pod, state, NOW, "r").state();
    }

    private PodState running() {
        return PodStateMachine.replay(pod, starting(), new PodFact.ContainerRuns("main", 0, "c0", 42, NOW), NOW);
    }

    @Test
    void aRunningContainerIsTakenUpAsItIs() {
        PodState state =
                PodRecovery.resume(running(), true, Map.of("main", new PodRecovery.Found.Running("c0", 42, NOW)), NOW);
        assertThat(state).isEqualTo(running());
        assertThat(PodStateMachine.decide(pod, state, NOW, "r").effects()).isEmpty();
    }

    @Test
    void aContainerThatTheCrashCaughtStartingRunsOrStartsAgain() {
        PodState ran =
                PodRecovery.resume(starting(), true, Map.of("main", new PodRecovery.Found.Running("c0", 42, NOW)), NOW);
        assertThat(ran.container("main").phase()).isEqualTo(Phase.RUNNING);

        PodState not = PodRecovery.resume(starting(), true, Map.of("main", new PodRecovery.Found.NotStarted()), NOW);
        assertThat(PodStateMachine.decide(pod, not, NOW, "r").effects())
                .singleElement()
                .isInstanceOfSatisfying(
                        PodEffect.StartContainer.class,
                        start -> assertThat(start.attempt()).isZero());
    }

    @Test
    void whatEndedMeanwhileEndedAndWhatIsLostCountsAsKilled() {
        Termination end = new Termination("c0", 3, Termination.ERROR, "", false, NOW, NOW);
        PodState ended = PodRecovery.resume(running(), true, Map.of("main", new PodRecovery.Found.Ended(end)), NOW);
        assertThat(ended.container("main").last()).isEqualTo(end);

        PodState lost = PodRecovery.resume(running(), false, Map.of("main", new PodRecovery.Found.Lost()), NOW);
        assertThat(lost.container("main").last()).isNotNull();
        assertThat(lost.container("main").last().exitCode()).isEqualTo(137);
        assertThat(lost.sandbox()).isEqualTo(Sandbox.NONE);
        assertThat(PodStateMachine.decide(pod, lost, NOW, "r").effects()).contains(new PodEffect.CreateSandbox());
    }

    @Test
    void anImageThatWasAskedForIsAskedForAgain() {
        PodState asked =
                PodStateMachine.decide(pod, PodState.fresh(pod, NOW), NOW, "r1").state();
        PodState resumed = PodRecovery.resume(asked, false, Map.of(), NOW);
        assertThat(PodStateMachine.decide(pod, resumed, NOW, "r2").effects())
                .anyMatch(effect -> effect instanceof PodEffect.RequestImage request
                        && request.requestId().equals("r2"));
    }

    @Test
    void aRemovalThatWasUnderWayIsDecidedAgain() {
        PodState ended = PodStateMachine.replay(
                pod,
                running(),
                new PodFact.ContainerEnded(
                        "main", 0, new Termination("c0", 0, Termination.COMPLETED, "", false, NOW, NOW)),
                NOW);
        PodState gone = PodStateMachine.replay(pod, ended, new PodFact.PodGone(), NOW);
        PodState removing = PodStateMachine.decide(pod, gone, NOW, "r").state();
        assertThat(removing.sandbox()).isEqualTo(Sandbox.REMOVING);
        PodState resumed = PodRecovery.resume(removing, true, Map.of(), NOW);
        assertThat(PodStateMachine.decide(pod, resumed, NOW, "r").effects())
                .containsExactly(new PodEffect.RemoveSandbox());
    }
}
