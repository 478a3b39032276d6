package dev.waybill.node.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class HostNameTest {
    private static HostName of(String podName, String spec) {
        return PodParser.parse(new JsonMapper().readTree("""
                {"metadata": {"name": "%s", "namespace": "shop", "uid": "u"},
                 "spec": {%s "containers": [{"name": "app", "image": "app:1"}]}}""".formatted(podName, spec)))
                .hostName();
    }

    @Test
    void withoutAWordItIsThePodsNameAsFarAsALabelGoes() {
        assertThat(of("web-1", "").ofKernel()).isEqualTo("web-1");
        assertThat(of("a".repeat(62) + "--b", "").ofKernel()).isEqualTo("a".repeat(62));
        assertThat(of("a".repeat(70), "").ofKernel()).isEqualTo("a".repeat(63));
    }

    @Test
    void theDomainNeedsASubdomainAndIsTheKernelsOnlyWhenAskedFor() {
        HostName plain = of("web-1", "\"hostname\": \"db\", \"subdomain\": \"data\",");
        assertThat(plain.full()).isEqualTo("db.data.shop.svc.cluster.local");
        assertThat(plain.ofKernel()).isEqualTo("db");
        assertThat(of("web-1", "\"setHostnameAsFQDN\": true,").ofKernel()).isEqualTo("web-1");
        assertThat(of("web-1", "\"subdomain\": \"data\", \"setHostnameAsFQDN\": true,")
                        .ofKernel())
                .isEqualTo("web-1.data.shop.svc.cluster.local");
    }

    @Test
    void aNameThatTheKernelCannotHoldIsRefusedInTheKubeletsWords() {
        String spec = "\"subdomain\": \"data\", \"setHostnameAsFQDN\": true,";
        String fits = "a".repeat(64 - ".data.shop.svc.cluster.local".length());
        assertThat(of(fits, spec).ofKernel()).hasSize(64);
        assertThatThrownBy(() -> of(fits + "b", spec).ofKernel())
                .hasMessage("failed to construct FQDN from pod hostname and cluster domain, FQDN " + fits
                        + "b.data.shop.svc.cluster.local is too long (64 characters is the max, 65 characters"
                        + " requested)");
    }
}
