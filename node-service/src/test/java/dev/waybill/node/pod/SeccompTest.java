package dev.waybill.node.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class SeccompTest {
    private static final String NONE = "{}";
    private static final String DEFAULT = "{\"seccompProfile\": {\"type\": \"RuntimeDefault\"}}";
    private static final String LOCAL =
            "{\"seccompProfile\": {\"type\": \"Localhost\", \"localhostProfile\": \"a/b.json\"}}";

    private static Seccomp of(String podContext, String context, boolean defaulted) {
        PodSpec pod = PodParser.parse(new JsonMapper().readTree("""
                {"metadata": {"uid": "u", "name": "p"}, "spec": {"securityContext": %s,
                 "containers": [{"name": "c", "image": "i", "securityContext": %s}]}}""".formatted(podContext, context)));
        return Seccomp.of(pod, pod.containers().getFirst(), defaulted);
    }

    @Test
    void theContainersWordGoesFirstAndWithoutAWordTheNodeDecides() {
        assertThat(of(NONE, NONE, false)).isEqualTo(new Seccomp.Unconfined());
        assertThat(of(NONE, NONE, true)).isEqualTo(new Seccomp.RuntimeDefault());
        assertThat(of(DEFAULT, NONE, false)).isEqualTo(new Seccomp.RuntimeDefault());
        assertThat(of(DEFAULT, LOCAL, false)).isEqualTo(new Seccomp.Localhost("a/b.json"));
        assertThat(of(LOCAL, "{\"seccompProfile\": {\"type\": \"Unconfined\"}}", true))
                .isEqualTo(new Seccomp.Unconfined());
        assertThat(of(LOCAL, "{\"privileged\": true}", true)).isEqualTo(new Seccomp.Unconfined());
    }

    @Test
    void anUnknownTypeIsNamed() {
        assertThatThrownBy(() -> of(NONE, "{\"seccompProfile\": {\"type\": \"Mine\"}}", false))
                .hasMessage("spec.containers[0].securityContext.seccompProfile.type: unsupported value \"Mine\"");
    }
}
