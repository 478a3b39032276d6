package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Kinds of one's own, over HTTP and by kubectl. */
@Timeout(600)
class CustomResourcesIT {
    private static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    @RegisterExtension
    static final RunningGateway gateway = RunningGateway.ofClass();

    @Test
    void aDefinedKindIsServedDefaultedPrunedAndChecked() throws Exception {
        HttpResponse<String> defined = gateway.send("POST", DEFINITIONS, definition("checked.example.com"));
        assertThat(defined.statusCode()).as(defined.body()).isEqualTo(201);
        assertThat(defined.body()).contains("\"Established\"").contains("customresourcecleanup");
        String path = "/apis/checked.example.com/v1/namespaces/default/crontabs";
        HttpResponse<String> created = gateway.send(
                "POST",
                path,
                "{\"metadata\":{\"name\":\"a\"},\"spec\":{\"cronSpec\":\"* * *\",\"odd\":1,"
                        + "\"free\":{\"any\":1}},\"status\":{\"replicas\":7}}");
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        assertThat(created.headers().firstValue("Warning").orElse("")).contains("unknown field \\\"spec.odd\\\"");
        JsonNode object = gateway.get(path + "/a");
        assertThat(object.path("spec"))
                .isEqualTo(
                        JsonMapper.shared().readTree("{\"cronSpec\":\"* * *\",\"free\":{\"any\":1},\"replicas\":1}"));
        assertThat(object.has("status")).isFalse();
        HttpResponse<String> wrong =
                gateway.send("POST", path, "{\"metadata\":{\"name\":\"b\"},\"spec\":{\"replicas\":99}}");
        assertThat(wrong.statusCode()).isEqualTo(422);
        assertThat(wrong.body())
                .contains("spec.cronSpec: Required value")
                .contains("spec.replicas in body should be less than or equal to 10");
        JsonNode old = gateway.get("/apis/checked.example.com/v1alpha1/namespaces/default/crontabs/a");
        assertThat(old.path("apiVersion").asString()).isEqualTo("checked.example.com/v1alpha1");
        assertThat(gateway.get("/openapi/v3/apis/checked.example.com/v1")
                        .at("/components/schemas")
                        .toString())
                .contains("cronSpec");
        gateway.send("PUT", path + "/a/status", "{\"metadata\":{\"name\":\"a\"},\"status\":{\"replicas\":3}}");
        gateway.send("PUT", path + "/a/scale", "{\"metadata\":{\"name\":\"a\"},\"spec\":{\"replicas\":5}}");
        JsonNode scaled = gateway.get(path + "/a");
        assertThat(scaled.at("/spec/replicas").asInt()).isEqualTo(5);
        assertThat(scaled.at("/status/replicas").asInt()).isEqualTo(3);
        assertThat(scaled.at("/metadata/generation").asInt()).isEqualTo(2);
    }

    @Test
    void rulesInCelHoldForObjectsTheirStatusAndTheDefinition() throws Exception {
        String rules =
                "\"x-kubernetes-validations\":[{\"rule\":\"self.replicas <= 3 || self.cronSpec != 'fast'\",\"message\":"
                        + "\"fast ones are few\"},{\"rule\":\"self.cronSpec == oldSelf.cronSpec\",\"reason\":\"FieldValueForbidden\","
                        + "\"fieldPath\":\".cronSpec\",\"message\":\"is for ever\"}],";
        String definition = definition("rules.example.com")
                .replace(
                        "\"spec\":{\"type\":\"object\",\"required\"",
                        "\"spec\":{\"type\":\"object\"," + rules + "\"required\"")
                .replace(
                        "\"status\":{\"type\":\"object\",",
                        "\"status\":{\"type\":\"object\",\"x-kubernetes-validations\":[{\"rule\":\"self.replicas >= 0\"}],");
        HttpResponse<String> broken =
                gateway.send("POST", DEFINITIONS, definition.replace("self.replicas <= 3", "self.replica <= 3"));
        assertThat(broken.statusCode()).isEqualTo(422);
        assertThat(JsonMapper.shared().readTree(broken.body()).path("message").asString())
                .contains("spec.versions[0].schema.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule:"
                        + " Invalid value: ")
                .contains("compilation failed: ERROR: <input>:1:5: undefined field 'replica'");
        assertThat(gateway.send("POST", DEFINITIONS, definition).statusCode()).isEqualTo(201);

        String path = "/apis/rules.example.com/v1/namespaces/default/crontabs";
        HttpResponse<String> wrong = gateway.send(
                "POST", path, "{\"metadata\":{\"name\":\"a\"},\"spec\":{\"cronSpec\":\"fast\",\"replicas\":4}}");
        assertThat(JsonMapper.shared().readTree(wrong.body()).path("message").asString())
                .isEqualTo("CronTab.rules.example.com \"a\" is invalid: spec: Invalid value: \"object\": fast ones are"
                        + " few");
        assertThat(gateway.send(
                                "POST",
                                path,
                                "{\"metadata\":{\"name\":\"a\"},\"spec\":{\"cronSpec\":\"fast\",\"replicas\":2}}")
                        .statusCode())
                .isEqualTo(201);
        HttpResponse<String> changed = gateway.send(
                "PUT", path + "/a", "{\"metadata\":{\"name\":\"a\"},\"spec\":{\"cronSpec\":\"slow\",\"replicas\":2}}");
        assertThat(changed.body()).contains("spec.cronSpec: Forbidden: is for ever");
        HttpResponse<String> status =
                gateway.send("PUT", path + "/a/status", "{\"metadata\":{\"name\":\"a\"},\"status\":{\"replicas\":-1}}");
        assertThat(status.statusCode()).isEqualTo(422);
        assertThat(status.body()).contains("status: Invalid value", "failed rule: self.replicas >= 0");
    }

    @Test
    void namesThatAreTakenAreNotAccepted() throws Exception {
        gateway.send("POST", DEFINITIONS, definition("taken.example.com"));
        HttpResponse<String> second = gateway.send(
                "POST", DEFINITIONS, definition("taken.example.com").replace("crontabs", "others"));
        assertThat(second.body()).contains("NameConflict");
        HttpResponse<String> misnamed =
                gateway.send("POST", DEFINITIONS, definition("x.example.com").replace("crontabs.x", "odd.x"));
        assertThat(misnamed.statusCode()).isEqualTo(422);
    }

    @Test
    void theObjectsOfADeletedDefinitionGoWithIt() throws Exception {
        gateway.send("POST", DEFINITIONS, definition("gone.example.com"));
        String path = "/apis/gone.example.com/v1/namespaces/default/crontabs";
        gateway.send("POST", path, "{\"metadata\":{\"name\":\"a\"},\"spec\":{\"cronSpec\":\"x\"}}");
        gateway.send("DELETE", DEFINITIONS + "/crontabs.gone.example.com", "");
        while (gateway.get(DEFINITIONS + "/crontabs.gone.example.com")
                        .path("code")
                        .asInt(0)
                != 404) {
            Thread.sleep(Duration.ofMillis(50)); // the test's time limit ends a definition that stays
        }
        assertThat(gateway.send("GET", path, "").statusCode()).isEqualTo(404);
        gateway.send("POST", DEFINITIONS, definition("gone.example.com"));
        assertThat(gateway.get(path).path("items")).isEmpty();
    }

    @Test
    void kubectlWorksWithADefinedKind() throws Exception {
        Kubectl kubectl = Kubectl.find("kubectl", gateway.directory(), gateway.kubeconfig())
                .orElse(null);
        Assumptions.assumeTrue(kubectl != null, "SKIPPED: no kubectl");
        assertThat(kubectl.attempt(definition("kubectl.example.com"), "apply", "-f", "-")
                        .code())
                .isZero();
        kubectl.run("wait", "--for=condition=established", "crd/crontabs.kubectl.example.com", "--timeout=20s");
        String object = """
                apiVersion: kubectl.example.com/v1
                kind: CronTab
                metadata: {name: mine}
                spec: {cronSpec: '* * * * */5', replicas: 2}
                """;
        Kubectl.Result applied = kubectl.attempt(object, "apply", "-f", "-");
        assertThat(applied.code()).as(applied.output()).isZero();
        assertThat(kubectl.attempt(object.replace("replicas: 2", "replicas: 3"), "apply", "-f", "-")
                        .output())
                .contains("configured");
        assertThat(kubectl.attempt(object.replace("replicas: 3", "replicas: 2"), "apply", "--server-side", "-f", "-")
                        .output())
                .contains("serverside-applied");
        assertThat(kubectl.run("get", "crontabs.kubectl.example.com"))
                .containsPattern("NAME +SPEC +REPLICAS +AGE")
                .contains("* * * * */5");
        assertThat(kubectl.run("explain", "crontabs.spec", "--api-version=kubectl.example.com/v1"))
                .contains("cronSpec");
        assertThat(kubectl.run("explain", "crontabs", "--api-version=kubectl.example.com/v1"))
                .contains("APIVersion defines");
        assertThat(kubectl.run("scale", "crontabs.kubectl.example.com/mine", "--replicas=4"))
                .contains("scaled");
        Kubectl.Result strict = kubectl.attempt(object.replace("replicas: 2", "odd: 2"), "apply", "-f", "-");
        assertThat(strict.output()).contains("unknown field \"spec.odd\"");
    }

    private static String definition(String group) {
        return """
                {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
                 "metadata":{"name":"crontabs.GROUP"},
                 "spec":{"group":"GROUP","scope":"Namespaced",
                  "names":{"plural":"crontabs","kind":"CronTab","shortNames":["ct"]},
                  "versions":[{"name":"v1","served":true,"storage":true,
                   "subresources":{"status":{},"scale":{"specReplicasPath":".spec.replicas",
                    "statusReplicasPath":".status.replicas"}},
                   "additionalPrinterColumns":[{"name":"Spec","type":"string","jsonPath":".spec.cronSpec"},
                    {"name":"Replicas","type":"integer","jsonPath":".spec.replicas"},
                    {"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}],
                   "schema":{"openAPIV3Schema":SCHEMA}},
                  {"name":"v1alpha1","served":true,"storage":false,"schema":{"openAPIV3Schema":SCHEMA}}]}}
                """.replace("SCHEMA", """
                        {"type":"object","properties":{
                         "spec":{"type":"object","required":["cronSpec"],"properties":{
                          "cronSpec":{"type":"string","maxLength":50},
                          "replicas":{"type":"integer","minimum":1,"maximum":10,"default":1},
                          "port":{"x-kubernetes-int-or-string":true},
                          "free":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}},
                         "status":{"type":"object","properties":{"replicas":{"type":"integer"}}}}}""").replace("GROUP", group);
    }
}
