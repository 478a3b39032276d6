package dev.waybill.node.pod;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.node.pod.ProbeSpec.Kind;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ContainerProbingTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final ImageFacts IMAGE = new ImageFacts("app:1", "sha256:1", "", List.of("/l"), "{}");

    private Instant now = START;
    private PodSpec pod;
    private PodState state;

    private void run(String probes) {
        pod = PodParser.parse(new JsonMapper().readTree("""
                {"metadata": {"uid": "u1", "namespace": "shop", "name": "web"},
                 "spec": {"terminationGracePeriodSeconds": 5, "containers": [{"name": "main", "image": "app:1",
                   "ports": [{"name": "web", "containerPort": 8080}], %s}]}}""".formatted(probes)));
        state = PodState.fresh(pod, now);
        happen(new PodFact.ImageIsReady("app:1", IMAGE));
        happen(new PodFact.SandboxReady("10.0.0.2"));
        decide();
        happen(new PodFact.ContainerRuns("main", 0, "c0", 42, now));
    }

    private void happen(PodFact fact) {
        state = PodStateMachine.replay(pod, state, fact, now);
    }

    private List<PodEffect> decide() {
        PodStateMachine.Decision decision = PodStateMachine.decide(pod, state, now, "r1");
        state = decision.state();
        return decision.effects();
    }

    /** What is asked now. */
    private List<Kind> asked() {
        return decide().stream()
                .filter(PodEffect.RunProbe.class::isInstance)
                .map(effect -> ((PodEffect.RunProbe) effect).kind())
                .toList();
    }

    private void answer(Kind kind, boolean well) {
        happen(new PodFact.ProbeAnswered("main", 0, kind, well));
    }

    private void pass(long seconds) {
        now = now.plusSeconds(seconds);
    }

    private JsonNode container() {
        return PodStatus.of(pod, state, "127.0.0.1", null, now)
                .path("containerStatuses")
                .path(0);
    }

    private String ready() {
        for (JsonNode condition :
                PodStatus.of(pod, state, "127.0.0.1", null, now).path("conditions")) {
            if (condition.path("type").asString().equals("Ready")) {
                return condition.path("status").asString();
            }
        }
        return "";
    }

    @Test
    void fieldsAndTheirDefaults() {
        run("""
                "livenessProbe": {"httpGet": {"port": "web", "path": "health"}},
                "readinessProbe": {"tcpSocket": {"port": 9}, "initialDelaySeconds": 1, "periodSeconds": 2,
                  "timeoutSeconds": 3, "successThreshold": 4, "failureThreshold": 5,
                  "terminationGracePeriodSeconds": 6}""");
        ProbeSpec liveness = pod.containers().getFirst().probes().get(Kind.LIVENESS);
        assertThat(liveness).isNotNull();
        assertThat(liveness.action()).isEqualTo(new ProbeSpec.Action.Http("HTTP", "", 8080, "/health", Map.of()));
        assertThat(liveness.period()).hasSeconds(10);
        assertThat(liveness.timeout()).hasSeconds(1);
        assertThat(liveness.failureThreshold()).isEqualTo(3);
        ProbeSpec readiness = pod.containers().getFirst().probes().get(Kind.READINESS);
        assertThat(readiness).isNotNull();
        assertThat(readiness.successThreshold()).isEqualTo(4);
        assertThat(readiness.grace()).hasSeconds(6);
    }

    @Test
    void aContainerIsReadyWhenItsProbeSaysSo() {
        run("\"readinessProbe\": {\"tcpSocket\": {\"port\": 9}, \"initialDelaySeconds\": 3, \"failureThreshold\": 2}");
        assertThat(asked()).isEmpty();
        assertThat(ready()).isEqualTo("False");
        pass(3);
        assertThat(asked()).containsExactly(Kind.READINESS);
        assertThat(asked()).as("one at a time").isEmpty();
        answer(Kind.READINESS, true);
        assertThat(container().path("ready").asBoolean()).isTrue();
        assertThat(ready()).isEqualTo("True");
        pass(10);
        asked();
        answer(Kind.READINESS, false);
        assertThat(ready()).as("once is not enough").isEqualTo("True");
        pass(10);
        asked();
        answer(Kind.READINESS, false);
        assertThat(ready()).isEqualTo("False");
        assertThat(state.container("main").phase()).isEqualTo(ContainerState.Phase.RUNNING);
    }

    @Test
    void threeFailuresOfLivenessEndTheContainer() {
        run("\"livenessProbe\": {\"exec\": {\"command\": [\"true\"]}, \"terminationGracePeriodSeconds\": 2}");
        for (int failure = 0; failure < 3; failure++) {
            assertThat(asked()).containsExactly(Kind.LIVENESS);
            answer(Kind.LIVENESS, false);
            if (failure < 2) {
                pass(10);
            }
        }
        assertThat(decide()).containsExactly(new PodEffect.SignalContainer("main", "c0", PodStateMachine.SIGTERM));
        pass(2);
        assertThat(decide()).containsExactly(new PodEffect.SignalContainer("main", "c0", PodStateMachine.SIGKILL));
        happen(new PodFact.ContainerEnded(
                "main", 0, new Termination("c0", 137, Termination.ERROR, "", false, now, now)));
        assertThat(decide()).hasExactlyElementsOfTypes(PodEffect.StartContainer.class);
        happen(new PodFact.ContainerRuns("main", 1, "c1", 43, now));
        answer(Kind.LIVENESS, false);
        assertThat(asked()).as("a new start begins anew").containsExactly(Kind.LIVENESS);
    }

    @Test
    void untilTheStartupProbePassedNothingElseIsAsked() {
        run("\"startupProbe\": {\"tcpSocket\": {\"port\": 9}, \"periodSeconds\": 1},"
                + " \"livenessProbe\": {\"tcpSocket\": {\"port\": 9}}");
        assertThat(asked()).containsExactly(Kind.STARTUP);
        answer(Kind.STARTUP, false);
        assertThat(container().path("started").asBoolean()).isFalse();
        pass(1);
        assertThat(asked()).containsExactly(Kind.STARTUP);
        answer(Kind.STARTUP, true);
        assertThat(container().path("started").asBoolean()).isTrue();
        assertThat(asked()).containsExactly(Kind.LIVENESS);
        pass(5);
        assertThat(asked()).as("it passed once for all").isEmpty();
    }

    @Test
    void anAnswerThatWasLostIsAskedForAgain() {
        run("\"livenessProbe\": {\"tcpSocket\": {\"port\": 9}, \"periodSeconds\": 1}");
        assertThat(asked()).containsExactly(Kind.LIVENESS);
        pass(5);
        assertThat(asked()).isEmpty();
        pass(1);
        assertThat(asked()).containsExactly(Kind.LIVENESS);
    }
}
