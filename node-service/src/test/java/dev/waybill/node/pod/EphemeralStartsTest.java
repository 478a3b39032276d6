package dev.waybill.node.pod;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Ephemeral containers that come while the pod lives, in plain data. */
class EphemeralStartsTest {
    private static final ImageFacts IMAGE = new ImageFacts("app:1", "sha256:1", "app@sha256:2", List.of("/l"), "{}");
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private PodSpec pod = pod("Never", "");
    private PodState state = PodState.fresh(pod, NOW);

    private static PodSpec pod(String restartPolicy, String ephemeral) {
        return PodParser.parse(new JsonMapper().readTree("""
                {"metadata": {"uid": "u1", "namespace": "shop", "name": "web"},
                 "spec": {"restartPolicy": "%s",
                          "initContainers": [{"name": "setup", "image": "app:1"}],
                          "containers": [{"name": "main", "image": "app:1"}],
                          "ephemeralContainers": [%s]}}""".formatted(restartPolicy, ephemeral)));
    }

    private List<PodEffect> decide() {
        PodStateMachine.Decision decision = PodStateMachine.decide(pod, state, NOW, "r1");
        state = decision.state();
        return decision.effects();
    }

    private void happen(PodFact fact) {
        state = PodStateMachine.replay(pod, state, fact, NOW);
    }

    private void runs(String container) {
        happen(new PodFact.ContainerRuns(container, 0, container + "-0", 42, NOW));
    }

    private void ends(String container, int code) {
        happen(new PodFact.ContainerEnded(
                container, 0, new Termination(container + "-0", code, "Error", "", false, NOW, NOW)));
    }

    private JsonNode ephemeral() {
        return PodStatus.of(pod, state, "127.0.0.1", null, NOW).at("/ephemeralContainerStatuses/0");
    }

    private void sandboxStandsAndSetupStarts() {
        decide();
        happen(new PodFact.ImageIsReady("app:1", IMAGE));
        happen(new PodFact.SandboxReady("10.0.0.2"));
        assertThat(decide()).hasExactlyElementsOfTypes(PodEffect.StartContainer.class);
        runs("setup");
    }

    @Test
    void itsImageIsAskedForAndItStartsThoughThePodDoesNotComeUp() {
        sandboxStandsAndSetupStarts();
        pod = pod("Always", "{\"name\": \"debug\", \"image\": \"tools:1\"}");
        assertThat(decide()).hasExactlyElementsOfTypes(PodEffect.RequestImage.class);
        happen(new PodFact.ImageIsReady("tools:1", IMAGE));
        assertThat(decide())
                .singleElement()
                .isInstanceOfSatisfying(
                        PodEffect.StartContainer.class,
                        start -> assertThat(start.container().name()).isEqualTo("debug"));
        runs("debug");
        assertThat(ephemeral().at("/state/running").isMissingNode()).isFalse();
        assertThat(ephemeral().path("ready").asBoolean(true))
                .as("it serves nobody")
                .isFalse();
    }

    @Test
    void itWaitsForTheContainerThatItLooksAt() {
        sandboxStandsAndSetupStarts();
        pod = pod("Always", "{\"name\": \"debug\", \"image\": \"app:1\", \"targetContainerName\": \"main\"}");
        assertThat(decide()).isEmpty();
        assertThat(ephemeral().at("/state/waiting/reason").asString()).isEqualTo("CreateContainerConfigError");
        assertThat(ephemeral().at("/state/waiting/message").asString())
                .isEqualTo("unable to find target container \"main\"");
        ends("setup", 0);
        assertThat(decide()).hasExactlyElementsOfTypes(PodEffect.StartContainer.class);
        runs("main");
        assertThat(decide()).hasExactlyElementsOfTypes(PodEffect.StartContainer.class);
    }

    @Test
    void itIsNeverStartedAgainAndEndsWithThePod() {
        sandboxStandsAndSetupStarts();
        ends("setup", 0);
        decide();
        runs("main");
        pod = pod("Never", "{\"name\": \"one\", \"image\": \"app:1\"}, {\"name\": \"two\", \"image\": \"app:1\"}");
        assertThat(decide()).hasExactlyElementsOfTypes(PodEffect.StartContainer.class, PodEffect.StartContainer.class);
        runs("one");
        runs("two");
        ends("one", 3);
        assertThat(decide()).as("no restart").isEmpty();
        assertThat(ephemeral().at("/state/terminated/exitCode").asInt()).isEqualTo(3);
        ends("main", 0);
        assertThat(decide())
                .as("the pod has succeeded")
                .containsExactly(new PodEffect.SignalContainer("two", "two-0", PodStateMachine.SIGTERM));
        ends("two", 143);
        assertThat(decide()).hasExactlyElementsOfTypes(PodEffect.RemoveSandbox.class);
        assertThat(PodStatus.phase(pod, state)).isEqualTo("Succeeded");
    }
}
