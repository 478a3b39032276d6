package dev.waybill.node.pod;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class StopSignalTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "SIGQUIT, SIGQUIT, 3",
        "quit, SIGQUIT, 3",
        "3, SIGQUIT, 3",
        "SIGUSR1, SIGUSR1, 10",
        "SIGSYS, SIGSYS, 31",
        "SIGCLD, SIGCHLD, 17",
        "SIGPOLL, SIGIO, 29",
        "RTMIN+3, SIGRTMIN+3, 37",
        "SIGRTMIN, SIGRTMIN, 34",
        "SIGRTMAX-14, SIGRTMAX-14, 50",
        "RTMIN+16, SIGRTMAX-14, 50",
        "64, SIGRTMAX, 64",
    })
    void isReadAsImagesWriteIt(String text, String name, int number) {
        assertThat(StopSignal.parse(text)).contains(new StopSignal(name, number));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "32", "33", "65", "999", "-3", "FOO", "SIG", "RTMIN-1", "RTMAX+1", "RTMIN+31"})
    void whatIsNoSignalIsNone(String text) {
        assertThat(StopSignal.parse(text)).isEmpty();
    }

    /** The signal of a pod whose image and field say these, once it is deleted. */
    private static int sent(String ofImage, String ofPod) {
        PodSpec pod = PodParser.parse(
                new JsonMapper().readTree("""
                {"metadata": {"uid": "u1", "namespace": "shop", "name": "web",
                              "deletionTimestamp": "2026-01-01T00:00:30Z"},
                 "spec": {"containers": [{"name": "main", "image": "app:1", "lifecycle": {%s}}]}}""".formatted(ofPod.isEmpty() ? "" : "\"stopSignal\": \"" + ofPod + "\"")));
        String config = ofImage.isEmpty() ? "" : "{\"config\": {\"StopSignal\": \"" + ofImage + "\"}}";
        PodState state = PodState.fresh(pod, NOW)
                .with(PodState.Sandbox.READY, "", "", null)
                .with(ImageState.wanted("app:1").ready(new ImageFacts("app:1", "", "", List.of(), config), NOW));
        state = PodStateMachine.startOne(pod.containers().getFirst(), state, NOW, new ArrayList<>());
        // Whether its image is still there does not matter to one that runs.
        state = PodStateMachine.replay(pod, state, new PodFact.ImageIsGone("app:1"), NOW);
        state = state.with(state.container("main").running("c0", 42, NOW));
        List<PodEffect> effects =
                new ArrayList<>(PodStateMachine.decide(pod, state, NOW, "r").effects());
        assertThat(effects).hasSize(1);
        assertThat(PodStatus.of(pod, state, "", null, NOW)
                        .at("/containerStatuses/0/stopSignal")
                        .asString())
                .startsWith("SIG");
        return ((PodEffect.SignalContainer) effects.getFirst()).signal();
    }

    @Test
    void thePodsWordGoesBeforeTheImages() {
        assertThat(sent("", "")).isEqualTo(15);
        assertThat(sent("SIGQUIT", "")).isEqualTo(3);
        assertThat(sent("SIGQUIT", "SIGUSR1")).isEqualTo(10);
        assertThat(sent("nonsense", "")).isEqualTo(15);
    }
}
