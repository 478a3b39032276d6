package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubernetes.client.proto.Meta;
import io.kubernetes.client.proto.Runtime;
import io.kubernetes.client.proto.V1;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What kubectl asks for, as kubectl asks it. */
@Timeout(600)
class KubectlIT {
    private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

    @RegisterExtension
    static final RunningGateway gateway = RunningGateway.ofClass();

    @Test
    void aDryRunAnswersAtOnceAndChangesNothing() throws Exception {
        gateway.send("POST", CONFIG_MAPS, configMap("dry", "1"));
        JsonNode before = gateway.get(CONFIG_MAPS + "/dry");
        HttpResponse<String> patched = gateway.send(gateway.request(CONFIG_MAPS + "/dry?dryRun=All")
                .header("Content-Type", "application/strategic-merge-patch+json")
                .timeout(Duration.ofSeconds(10))
                .method("PATCH", HttpRequest.BodyPublishers.ofString("{\"data\":{\"k\":\"2\"}}"))
                .build());
        JsonNode would = JsonMapper.shared().readTree(patched.body());
        assertThat(would.at("/data/k").asString()).isEqualTo("2");
        assertThat(would.at("/metadata/resourceVersion")).isEqualTo(before.at("/metadata/resourceVersion"));
        assertThat(gateway.get(CONFIG_MAPS + "/dry")).isEqualTo(before);
        HttpResponse<String> created = gateway.send("POST", CONFIG_MAPS + "?dryRun=All", configMap("never", "1"));
        assertThat(created.statusCode()).isEqualTo(201);
        assertThat(gateway.get(CONFIG_MAPS + "/never").path("code").asInt()).isEqualTo(404);
    }

    @Test
    void bodiesMayBeProtobuf() throws Exception {
        V1.ConfigMap map = V1.ConfigMap.newBuilder()
                .setMetadata(Meta.ObjectMeta.newBuilder().setName("proto").setNamespace("default"))
                .putData("k", "v")
                .build();
        assertThat(gateway.send(protobuf("POST", CONFIG_MAPS, "ConfigMap", map.toByteArray()))
                        .statusCode())
                .isEqualTo(201);
        assertThat(gateway.get(CONFIG_MAPS + "/proto").at("/data/k").asString()).isEqualTo("v");
        Meta.DeleteOptions options = Meta.DeleteOptions.newBuilder()
                .setPreconditions(Meta.Preconditions.newBuilder().setUid("another"))
                .build();
        assertThat(gateway.send(protobuf("DELETE", CONFIG_MAPS + "/proto", "DeleteOptions", options.toByteArray()))
                        .statusCode())
                .isEqualTo(409);
        assertThat(gateway.send(protobuf("POST", CONFIG_MAPS, "ConfigMap", new byte[] {1, 2}))
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void explainFindsEveryField() throws Exception {
        JsonNode schemas = gateway.get("/openapi/v3/apis/apps/v1").at("/components/schemas");
        JsonNode deployment = schemas.path("dev.waybill.apps.v1.Deployment");
        String spec = deployment.at("/properties/spec/$ref").asString();
        JsonNode found = schemas.path(spec.substring(spec.lastIndexOf('/') + 1));
        assertThat(found.at("/properties/replicas/type").asString()).isEqualTo("integer");
        assertThat(found.at("/properties/template/$ref").asString()).isNotEmpty();
        JsonNode own = gateway.get("/openapi/v3/apis/waybill.dev/v1alpha1").at("/components/schemas");
        assertThat(own.at("/dev.waybill.model.QuotaPoolSpec/properties/namespaces/type")
                        .asString())
                .isEqualTo("array");
    }

    @Test
    void whoAmIAndWhatMayIDo() throws Exception {
        HttpResponse<String> self = gateway.send("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}");
        assertThat(self.statusCode()).isEqualTo(201);
        assertThat(JsonMapper.shared()
                        .readTree(self.body())
                        .at("/status/userInfo/groups")
                        .toString())
                .contains("system:masters");
        HttpResponse<String> access = gateway.send(
                "POST",
                "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                "{\"spec\":{\"resourceAttributes\":{\"verb\":\"create\",\"resource\":\"pods\"}}}");
        assertThat(JsonMapper.shared()
                        .readTree(access.body())
                        .at("/status/allowed")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void everythingThatIMayDoIsListed() throws Exception {
        HttpResponse<String> rules = gateway.send(
                "POST",
                "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
                "{\"spec\":{\"namespace\":\"default\"}}");
        assertThat(JsonMapper.shared()
                        .readTree(rules.body())
                        .at("/status/resourceRules")
                        .toString())
                .contains("{\"apiGroups\":[\"*\"],\"resources\":[\"*\"],\"verbs\":[\"*\"]}");
    }

    private static HttpRequest protobuf(String method, String path, String kind, byte[] object) throws Exception {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.write(new byte[] {'k', '8', 's', 0});
        Runtime.Unknown.newBuilder()
                .setTypeMeta(Runtime.TypeMeta.newBuilder().setApiVersion("v1").setKind(kind))
                .setRaw(com.google.protobuf.ByteString.copyFrom(object))
                .build()
                .writeTo(body);
        return gateway.request(path)
                .header("Content-Type", "application/vnd.kubernetes.protobuf")
                .header("Accept", "application/vnd.kubernetes.protobuf,application/json")
                .method(method, HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()))
                .build();
    }

    private static String configMap(String name, String value) {
        return "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"" + name
                + "\"},\"data\":{\"k\":\"" + value + "\"}}";
    }
}
