package dev.waybill.node.pod;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class PodParserTest {

    @Test
    void pullSecretsKeepTheirOrder() {
        PodSpec pod = PodParser.parse(new JsonMapper().readTree("""
                {"metadata": {"name": "web", "namespace": "shop", "uid": "u"},
                 "spec": {"containers": [{"name": "app", "image": "app:1"}],
                          "imagePullSecrets": [{"name": "b"}, {"name": "a"}, {}]}}"""));
        assertThat(pod.imagePullSecrets()).containsExactly("b", "a");
        assertThat(pod.keeping(PodSpec.QosClass.BEST_EFFORT).imagePullSecrets()).hasSize(2);
    }
}
