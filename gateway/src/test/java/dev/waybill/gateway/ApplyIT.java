package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Server-side apply, over HTTP and by kubectl. */
@Timeout(600)
class ApplyIT {
    private static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
    private static final String WEB = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: %s, namespace: default, labels: {app: web}}
            spec:
              replicas: %d
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec:
                  containers: [{name: web, image: 'web:1', ports: [{containerPort: 80}]}]
            """;

    @RegisterExtension
    static final RunningGateway gateway = RunningGateway.ofClass();

    @Test
    void appliesConflictsAndForces() throws Exception {
        HttpResponse<String> created = apply("forced", 1, "fieldManager=one");
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        assertThat(apply("forced", 1, "fieldManager=one").statusCode()).isEqualTo(200);
        HttpResponse<String> conflict = apply("forced", 2, "fieldManager=two");
        assertThat(conflict.statusCode()).isEqualTo(409);
        JsonNode status = JsonMapper.shared().readTree(conflict.body());
        assertThat(status.path("message").asString())
                .isEqualTo("Apply failed with 1 conflict: conflict with \"one\": .spec.replicas");
        assertThat(status.at("/details/causes/0/reason").asString()).isEqualTo("FieldManagerConflict");
        assertThat(status.at("/details/causes/0/field").asString()).isEqualTo(".spec.replicas");
        assertThat(apply("forced", 2, "fieldManager=two&force=true").statusCode())
                .isEqualTo(200);
        JsonNode now = gateway.get(DEPLOYMENTS + "/forced");
        assertThat(now.at("/spec/replicas").asInt()).isEqualTo(2);
        assertThat(now.at("/metadata/generation").asInt()).isEqualTo(2);
        assertThat(apply("forced", 2, "").statusCode()).isEqualTo(422);
    }

    @Test
    void messagesNameContainersByName() throws Exception {
        apply("keyed", 1, "fieldManager=one");
        HttpResponse<String> conflict = apply(
                "keyed", 1, "fieldManager=two", WEB.replace("web:1", "web:2").replace("80", "81"));
        assertThat(conflict.statusCode()).isEqualTo(409);
        assertThat(JsonMapper.shared().readTree(conflict.body()).path("message").asString())
                .isEqualTo("Apply failed with 1 conflict: conflict with \"one\":"
                        + " .spec.template.spec.containers[name=\"web\"].image");
        HttpResponse<String> wrong =
                apply("keyed", 1, "fieldManager=two", WEB.replace("image: 'web:1'", "image: 1, odd: 2"));
        assertThat(wrong.statusCode()).isEqualTo(500);
        assertThat(JsonMapper.shared().readTree(wrong.body()).path("message").asString())
                .isEqualTo("failed to create typed patch object (default/keyed; apps/v1, Kind=Deployment): errors:\n"
                        + "  .spec.template.spec.containers[name=\"web\"].image: expected string, got"
                        + " &value.valueUnstructured{Value:1}\n"
                        + "  .spec.template.spec.containers[name=\"web\"].odd: field not declared in schema");
    }

    @Test
    void kubectlShowsTheNameOfTheContainerAtFault() throws Exception {
        Kubectl kubectl = Kubectl.find("kubectl", gateway.directory(), gateway.kubeconfig())
                .orElse(null);
        Assumptions.assumeTrue(kubectl != null, "SKIPPED: no kubectl");
        String odd = WEB.formatted("shown", 1).replace("image: 'web:1'", "image: 1");
        assertThat(kubectl.attempt(odd, "apply", "--server-side", "-f", "-").output())
                .contains(".spec.template.spec.containers[name=\"web\"].image: expected string");
    }

    @Test
    void applyingTwiceKeepsTheRevision() throws Exception {
        apply("same", 1, "fieldManager=one");
        String revision = gateway.get(DEPLOYMENTS + "/same")
                .at("/metadata/resourceVersion")
                .asString();
        HttpResponse<String> again = apply("same", 1, "fieldManager=one");
        assertThat(JsonMapper.shared()
                        .readTree(again.body())
                        .at("/metadata/resourceVersion")
                        .asString())
                .isEqualTo(revision);
    }

    @Test
    void kubectlAppliesOnTheServersSide() throws Exception {
        Kubectl kubectl = Kubectl.find("kubectl", gateway.directory(), gateway.kubeconfig())
                .orElse(null);
        Assumptions.assumeTrue(kubectl != null, "SKIPPED: no kubectl");
        assertThat(kubectl.attempt(WEB.formatted("web", 2), "apply", "--server-side", "-f", "-")
                        .output())
                .contains("deployment.apps/web serverside-applied");
        kubectl.run("scale", "deployment/web", "--replicas=5");
        Kubectl.Result conflict = kubectl.attempt(WEB.formatted("web", 2), "apply", "--server-side", "-f", "-");
        assertThat(conflict.code()).isNotZero();
        assertThat(conflict.output()).contains("conflict").contains(".spec.replicas");
        assertThat(kubectl.attempt(WEB.formatted("web", 2), "apply", "--server-side", "--force-conflicts", "-f", "-")
                        .code())
                .isZero();
        assertThat(kubectl.run("get", "deployment", "web", "-o", "yaml", "--show-managed-fields"))
                .contains("manager: kubectl")
                .contains("operation: Apply")
                .contains("k:{\"name\":\"web\"}")
                .contains("replicas: 2");
        assertThat(kubectl.run("get", "deployment", "web", "-o", "yaml")).doesNotContain("managedFields");
    }

    @Test
    void kubectlMovesFromItsOwnApplyToTheServers() throws Exception {
        Kubectl kubectl = Kubectl.find("kubectl", gateway.directory(), gateway.kubeconfig())
                .orElse(null);
        Assumptions.assumeTrue(kubectl != null, "SKIPPED: no kubectl");
        assertThat(kubectl.attempt(WEB.formatted("moved", 2), "apply", "-f", "-")
                        .code())
                .isZero();
        Kubectl.Result moved = kubectl.attempt(WEB.formatted("moved", 3), "apply", "--server-side", "-f", "-");
        assertThat(moved.code()).as(moved.output()).isZero();
        assertThat(kubectl.run("get", "deployment", "moved", "-o", "yaml", "--show-managed-fields"))
                .contains("replicas: 3")
                .doesNotContain("manager: kubectl-client-side-apply");
    }

    private static HttpResponse<String> apply(String name, int replicas, String query) throws Exception {
        return apply(name, replicas, query, WEB);
    }

    private static HttpResponse<String> apply(String name, int replicas, String query, String manifest)
            throws Exception {
        return gateway.send(gateway.request(DEPLOYMENTS + "/" + name + "?" + query)
                .header("Content-Type", "application/apply-patch+yaml")
                .method("PATCH", HttpRequest.BodyPublishers.ofString(manifest.formatted(name, replicas)))
                .build());
    }
}
