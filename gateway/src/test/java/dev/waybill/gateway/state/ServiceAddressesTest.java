package dev.waybill.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.waybill.events.PatchType;
import dev.waybill.events.RequestOutcome;
import dev.waybill.gateway.kinds.Json;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Cluster addresses and node ports: given once, kept, never twice. */
class ServiceAddressesTest {
    private final WriterBench writer = new WriterBench();

    @Test
    void everyServiceGetsAnAddressOfItsOwnAndKeepsIt() {
        Set<String> addresses = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            assertThat(service("s" + i, "").getCode()).isEqualTo(201);
            addresses.add(spec("s" + i).path("clusterIP").asString());
        }
        assertThat(addresses).hasSize(50).allMatch(address -> ServiceNetwork.STANDARD.contains(address));
        String before = spec("s0").path("clusterIP").asString();
        ObjectNode update = writer.get("services", "default", "s0").copy();
        Json.child(update, "spec").remove(java.util.List.of("clusterIP", "clusterIPs"));
        Json.child(update, "metadata").putObject("labels").put("a", "b");
        assertThat(writer.update(update).getCode()).isEqualTo(200);
        assertThat(spec("s0").path("clusterIP").asString()).isEqualTo(before);
        assertThat(spec("s0").toString())
                .contains("\"clusterIPs\":[\"" + before + "\"]", "\"ipFamilies\":[\"IPv4\"]", "\"SingleStack\"");
    }

    @Test
    void anAddressIsChangedByNobody() {
        service("s", "");
        RequestOutcome refused = patch("s", "{\"spec\":{\"clusterIP\":\"10.96.7.7\",\"clusterIPs\":[\"10.96.7.7\"]}}");
        assertThat(refused.getCode()).isEqualTo(422);
        assertThat(refused.getMessage())
                .contains("spec.clusterIPs[0]: Invalid value: \"10.96.7.7\": may not change once set");
    }

    @Test
    void whoAsksForAnAddressGetsItOnce() {
        assertThat(service("a", ",\"clusterIP\":\"10.96.0.10\"").getCode()).isEqualTo(201);
        assertThat(service("b", ",\"clusterIP\":\"10.96.0.10\"").getMessage())
                .isEqualTo(
                        "Service \"b\" is invalid: spec.clusterIPs: Invalid value: [\"10.96.0.10\"]: failed to allocate"
                                + " IP 10.96.0.10: provided IP is already allocated");
        assertThat(service("c", ",\"clusterIP\":\"192.168.1.1\"").getMessage())
                .contains("the provided IP (192.168.1.1) is not in the valid range. The range of valid IPs is"
                        + " 10.96.0.0/12");
        writer.delete(writer.get("services", "default", "a"), "{}");
        assertThat(service("b", ",\"clusterIP\":\"10.96.0.10\"").getCode())
                .as("freed")
                .isEqualTo(201);
    }

    @Test
    void headlessServicesAndNamesOfOthersHaveNone() {
        service("h", ",\"clusterIP\":\"None\"");
        assertThat(spec("h").toString()).contains("\"clusterIP\":\"None\"", "\"clusterIPs\":[\"None\"]", "SingleStack");
        service("x", ",\"type\":\"ExternalName\",\"externalName\":\"example.com\"");
        assertThat(spec("x").has("clusterIP")).isFalse();
        assertThat(spec("x").has("ipFamilies")).isFalse();
        service("open", ",\"clusterIP\":\"None\",\"selector\":null");
        assertThat(spec("open").toString()).contains("RequireDualStack", "[\"IPv4\",\"IPv6\"]");
    }

    @Test
    void nodePortsComeAndGoWithTheType() {
        service("s", "");
        assertThat(spec("s").at("/ports/0").has("nodePort")).isFalse();
        patch("s", "{\"spec\":{\"type\":\"NodePort\"}}");
        int port = spec("s").at("/ports/0/nodePort").asInt();
        assertThat(port).isBetween(30_000, 32_767);
        patch("s", "{\"spec\":{\"ports\":[{\"port\":80,\"targetPort\":9}]}}");
        assertThat(spec("s").at("/ports/0/nodePort").asInt())
                .as("kept for the same port")
                .isEqualTo(port);
        patch("s", "{\"spec\":{\"type\":\"ClusterIP\"}}");
        assertThat(spec("s").at("/ports/0").has("nodePort")).isFalse();
    }

    @Test
    void aNodePortThatIsAskedForMustBeFreeAndInRange() {
        assertThat(service("a", nodePort(30_080)).getCode()).isEqualTo(201);
        assertThat(service("b", nodePort(30_080)).getMessage())
                .contains("spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated");
        assertThat(service("b", nodePort(80)).getMessage())
                .contains("Invalid value: 80: provided port is not in the valid range. The range of valid ports is"
                        + " 30000-32767");
        assertThat(service(
                                "both",
                                ",\"type\":\"NodePort\",\"ports\":[{\"name\":\"t\",\"port\":53,\"nodePort\":30053},"
                                        + "{\"name\":\"u\",\"port\":53,\"protocol\":\"UDP\",\"nodePort\":30053}]")
                        .getCode())
                .isEqualTo(201);
    }

    @Test
    void aLoadBalancerOfLocalTrafficHasAHealthCheckPort() {
        service("l", ",\"type\":\"LoadBalancer\",\"externalTrafficPolicy\":\"Local\"");
        int health = spec("l").path("healthCheckNodePort").asInt();
        assertThat(health)
                .isBetween(30_000, 32_767)
                .isNotEqualTo(spec("l").at("/ports/0/nodePort").asInt());
        service("n", ",\"type\":\"LoadBalancer\",\"allocateLoadBalancerNodePorts\":false");
        assertThat(spec("n").at("/ports/0").has("nodePort")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ,"ipFamilyPolicy":"RequireDualStack" | this cluster is not configured for dual-stack services
            ,"ipFamilies":["IPv6"] | spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster
            ,"clusterIP":"10.96.0.9","clusterIPs":["10.96.0.8"] | first value must match
            """)
    void thisClusterHasOneFamily(String spec, String message) {
        assertThat(service("s", spec).getMessage()).contains(message);
    }

    @Test
    void aFullRangeSaysSoAndTheLastAddressesAreGivenToo() {
        ServiceNetwork small = ServiceNetwork.of("10.0.0.0/28", "30000-30001");
        assertThat(small.contains("10.0.0.0")).isFalse();
        assertThat(small.contains("10.0.0.15")).isFalse();
        assertThat(small.contains("10.0.0.14")).isTrue();
        assertThat(small.contains("10.0.0.014")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.96.0.0", "10.96.0.0/33", "10.96.0/12", "10.96.0.256/12", "10.96.0.0/x", ""})
    void aRangeThatIsNoneIsRefused(String cidr) {
        assertThatThrownBy(() -> ServiceNetwork.of(cidr, "1-2")).isInstanceOf(IllegalArgumentException.class);
    }

    private static String nodePort(int port) {
        return ",\"type\":\"NodePort\",\"ports\":[{\"port\":80,\"nodePort\":" + port + "}]";
    }

    private RequestOutcome service(String name, String spec) {
        ObjectNode whole = (ObjectNode) Json.parse("{\"ports\":[{\"port\":80}],\"selector\":{\"app\":\"a\"}}");
        whole.setAll((ObjectNode) Json.parse("{\"sessionAffinity\":\"None\"" + spec + "}"));
        return writer.create("{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"" + name
                + "\",\"namespace\":\"default\"},\"spec\":" + whole + "}");
    }

    private RequestOutcome patch(String name, String patch) {
        return writer.patch(writer.get("services", "default", name), PatchType.STRATEGIC_MERGE, patch);
    }

    private JsonNode spec(String name) {
        return writer.get("services", "default", name).json().path("spec");
    }
}
