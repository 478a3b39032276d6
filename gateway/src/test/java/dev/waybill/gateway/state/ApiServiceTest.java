package dev.waybill.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What every cluster has: namespaces that stay, and the Service of the API. */
class ApiServiceTest {
    private final WriterBench writer = new WriterBench();

    @Test
    void theNamespacesOfEveryCluster() {
        assertThat(writer.image().list("", "namespaces", ""))
                .extracting(StoredObject::name)
                .contains("default", "kube-node-lease", "kube-public", "kube-system");
        assertThat(writer.image().list("", "serviceaccounts", "kube-public")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"default", "kube-system", "kube-public"})
    void threeOfThemAreDeletedByNobody(String name) {
        var refused = writer.delete(writer.get("namespaces", "", name), "{}");
        assertThat(refused.getCode()).isEqualTo(403);
        assertThat(refused.getMessage())
                .isEqualTo("namespaces \"" + name + "\" is forbidden: this namespace may not be deleted");
    }

    @Test
    void theServiceLeadsToTheGateway() {
        JsonNode spec = writer.get("services", "default", "kubernetes").json().path("spec");
        assertThat(spec.path("clusterIP").asString()).isEqualTo("10.96.0.1");
        assertThat(spec.path("ports").toString())
                .isEqualTo("[{\"name\":\"https\",\"port\":443,\"protocol\":\"TCP\",\"targetPort\":6443}]");
        assertThat(writer.get("endpoints", "default", "kubernetes")
                        .json()
                        .path("subsets")
                        .toString())
                .isEqualTo("[{\"addresses\":[{\"ip\":\"127.0.0.1\"}],\"ports\":[{\"name\":\"https\",\"port\":6443,"
                        + "\"protocol\":\"TCP\"}]}]");
        assertThat(slice().json().path("endpoints").toString())
                .isEqualTo("[{\"addresses\":[\"127.0.0.1\"],\"conditions\":{\"ready\":true}}]");
    }

    @ParameterizedTest
    @CsvSource({"services", "endpoints"})
    void itComesBack(String resource) {
        StoredObject before = writer.get(resource, "default", "kubernetes");
        assertThat(writer.delete(before, "{}").getCode()).isEqualTo(200);
        StoredObject after = writer.get(resource, "default", "kubernetes");
        assertThat(after.uid()).isNotEqualTo(before.uid());
        assertThat(after.json().path("spec")).isEqualTo(before.json().path("spec"));
        assertThat(after.json().path("subsets")).isEqualTo(before.json().path("subsets"));
    }

    @Test
    void itMayBeLabelledAndLeadsNowhereElse() {
        var labelled = writer.get("services", "default", "kubernetes").copy();
        labelled.withObject("/metadata/labels").put("mine", "yes");
        assertThat(writer.update(labelled).getCode()).isEqualTo(200);
        assertThat(writer.get("services", "default", "kubernetes").raw()).contains("\"mine\":\"yes\"");

        var bent = writer.get("endpoints", "default", "kubernetes").copy();
        bent.putArray("subsets");
        assertThat(writer.update(bent).getCode()).isEqualTo(200);
        assertThat(writer.get("endpoints", "default", "kubernetes").raw()).contains("127.0.0.1");
    }

    @Test
    void aStartAfterTheGatewayMovedFollowsIt() {
        long before = writer.image().revision();
        writer.restart(ServiceNetwork.STANDARD);
        assertThat(writer.image().revision()).as("nothing to do").isEqualTo(before);
        writer.restart(ServiceNetwork.STANDARD.withApi(new ServiceNetwork.Endpoint("192.0.2.7", 8443)));
        assertThat(writer.get("endpoints", "default", "kubernetes").raw()).contains("192.0.2.7", "8443");
        assertThat(slice().raw()).contains("192.0.2.7", "8443");
    }

    private StoredObject slice() {
        List<StoredObject> slices = writer.image().list("discovery.k8s.io", "endpointslices", "default");
        assertThat(slices).hasSize(1);
        return slices.getFirst();
    }
}
