package dev.waybill.node.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class ResolvConfTest {
    private static final List<String> NODE = List.of(
            "# made by somebody",
            "domain old.example",
            "search a.example b.example",
            "nameserver 192.0.2.1",
            "nameserver 192.0.2.2",
            "options ndots:1 edns0");

    private static PodSpec pod(String spec) {
        return PodParser.parse(new JsonMapper().readTree("""
                {"metadata": {"uid": "u", "namespace": "shop", "name": "web-0"},
                 "spec": {"containers": [{"name": "c", "image": "i"}] %s}}""".formatted(spec)));
    }

    @Test
    void aPodAddsToWhatTheNodeHas() {
        assertThat(ResolvConf.of(pod(""), NODE)).isEqualTo("""
                nameserver 192.0.2.1
                nameserver 192.0.2.2
                search a.example b.example
                options ndots:1 edns0
                """);
        PodSpec adding = pod("""
                , "dnsConfig": {"nameservers": ["192.0.2.2", "192.0.2.3", "192.0.2.4"],
                  "searches": ["c.example", "a.example"],
                  "options": [{"name": "ndots", "value": "5"}, {"name": "single-request"}]}""");
        assertThat(ResolvConf.of(adding, NODE)).isEqualTo("""
                nameserver 192.0.2.1
                nameserver 192.0.2.2
                nameserver 192.0.2.3
                search a.example b.example c.example
                options ndots:5 edns0 single-request
                """);
    }

    @Test
    void noneIsThePodsAlone() {
        assertThat(ResolvConf.of(
                        pod(", \"dnsPolicy\": \"None\", \"dnsConfig\": {\"nameservers\": [\"192.0.2.9\"]}"), NODE))
                .isEqualTo("nameserver 192.0.2.9\n");
    }

    @Test
    void aSubdomainMakesADomainName() {
        assertThat(pod(", \"subdomain\": \"db\"").hostName().full()).isEqualTo("web-0.db.shop.svc.cluster.local");
        assertThat(pod("").hostName().full()).isEqualTo("web-0");
    }

    @Test
    void aNameThatASubPathNeedsMustBeKnown() {
        assertThat(EnvResolver.expandAll("logs/$(POD)/$$(X)", Map.of("POD", "web")))
                .isEqualTo("logs/web/$(X)");
        assertThatThrownBy(() -> EnvResolver.expandAll("$(NONE)", Map.of())).hasMessage("missing value for \"NONE\"");
    }
}
