package dev.waybill.node.pod;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class AdmissionTest {
    private static String reason(String spec) {
        PodSpec pod = PodParser.parse(new JsonMapper().readTree("""
                {"metadata": {"name": "web", "namespace": "shop", "uid": "u"},
                 "spec": {%s "containers": [{"name": "app", "image": "app:1"}]}}""".formatted(spec)));
        return Admission.refusal(pod, List.of()).map(PodFact.PodRefused::reason).orElse("");
    }

    @Test
    void aPodForAnotherSystemOrWithForbiddenParametersIsRefused() {
        assertThat(reason("")).isEmpty();
        assertThat(reason("\"os\": {\"name\": \"linux\"},")).isEmpty();
        assertThat(reason("\"os\": {\"name\": \"windows\"},")).isEqualTo("PodOSNotSupported");
        assertThat(reason("\"securityContext\": {\"sysctls\": [{\"name\": \"kernel.panic\", \"value\": \"1\"}]},"))
                .isEqualTo("SysctlForbidden");
    }
}
