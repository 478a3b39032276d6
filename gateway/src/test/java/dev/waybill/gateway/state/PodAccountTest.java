package dev.waybill.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.gateway.kinds.Json;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The token volume that admission gives to a pod, and to which of its containers. */
class PodAccountTest {
    private static final String MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

    private final WriterBench writer = new WriterBench();

    private JsonNode spec(String more, String container) {
        String name = "pod-" + writer.image().revision();
        assertThat(writer.create("""
                        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"%s","namespace":"default"},"spec":{%s
                         "initContainers":[{"name":"i","image":"i"}],
                         "containers":[{"name":"c","image":"i"%s}]}}""".formatted(name, more, container)).getCode())
                .isEqualTo(201);
        return writer.get("pods", "default", name).json().path("spec");
    }

    private void account(String name, String fields) {
        writer.create("{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"" + name
                + "\",\"namespace\":\"default\"}" + fields + "}");
    }

    private static List<String> mounts(JsonNode container) {
        return container
                .path("volumeMounts")
                .valueStream()
                .map(mount -> Json.text(mount, "name") + " " + Json.text(mount, "mountPath"))
                .toList();
    }

    @Test
    void everyContainerHasTheVolumeReadOnly() {
        JsonNode spec = spec("", "");
        JsonNode volume = spec.path("volumes").path(0);
        String name = Json.text(volume, "name");
        assertThat(name).matches("kube-api-access-[a-z0-9]{5}");
        assertThat(volume.at("/projected/defaultMode").asInt()).isEqualTo(420);
        assertThat(volume.at("/projected/sources").toString())
                .isEqualTo("[{\"serviceAccountToken\":{\"expirationSeconds\":3607,\"path\":\"token\"}},"
                        + "{\"configMap\":{\"name\":\"kube-root-ca.crt\",\"items\":[{\"key\":\"ca.crt\",\"path\":\"ca.crt\"}]}},"
                        + "{\"downwardAPI\":{\"items\":[{\"path\":\"namespace\","
                        + "\"fieldRef\":{\"apiVersion\":\"v1\",\"fieldPath\":\"metadata.namespace\"}}]}}]");
        for (String list : List.of("containers", "initContainers")) {
            assertThat(mounts(spec.path(list).path(0))).containsExactly(name + " " + MOUNT);
            assertThat(spec.at("/" + list + "/0/volumeMounts/0/readOnly").asBoolean())
                    .isTrue();
        }
    }

    @Test
    void thePodsWordCountsMoreThanItsAccounts() {
        account("quiet", ",\"automountServiceAccountToken\":false");
        assertThat(spec("\"serviceAccountName\":\"quiet\",", "").has("volumes")).isFalse();
        assertThat(spec("\"serviceAccountName\":\"quiet\",\"automountServiceAccountToken\":true,", "")
                        .path("volumes"))
                .hasSize(1);
        assertThat(spec("\"automountServiceAccountToken\":false,", "").has("volumes"))
                .isFalse();
    }

    @Test
    void whatAContainerHasThereStays() {
        JsonNode spec = spec(
                "\"volumes\":[{\"name\":\"own\",\"emptyDir\":{}}],",
                ",\"volumeMounts\":[{\"name\":\"own\",\"mountPath\":\"" + MOUNT + "\"}]");
        assertThat(mounts(spec.path("containers").path(0))).containsExactly("own " + MOUNT);
        assertThat(mounts(spec.path("initContainers").path(0)).getFirst()).startsWith("kube-api-access-");
        JsonNode brought = spec("\"volumes\":[{\"name\":\"kube-api-access-mine\",\"emptyDir\":{}}],", "");
        assertThat(brought.path("volumes")).as("a volume of that name is used").hasSize(1);
        assertThat(mounts(brought.path("containers").path(0))).containsExactly("kube-api-access-mine " + MOUNT);
    }
}
