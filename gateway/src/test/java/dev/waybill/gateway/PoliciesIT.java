package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Policies as HTTP shows them: warnings, evictions that are put off, addresses of Services. */
@Timeout(600)
class PoliciesIT {
    @TempDir
    static Path directory;

    private static RunningGateway gateway;

    @BeforeAll
    static void start() throws Exception {
        gateway = RunningGateway.start(directory, "--waybill.gateway.service-addresses=10.44.0.0/24");
    }

    @AfterAll
    static void stop() {
        if (gateway != null) {
            gateway.close();
        }
    }

    @Test
    void podSecurityRefusesAndWarns() throws Exception {
        post("/api/v1/namespaces", """
                {"metadata":{"name":"strict","labels":{"pod-security.kubernetes.io/enforce":"baseline",
                 "pod-security.kubernetes.io/warn":"restricted"}}}""");
        HttpResponse<String> refused = post("/api/v1/namespaces/strict/pods", """
                {"metadata":{"name":"p"},"spec":{"hostNetwork":true,"containers":[{"name":"c","image":"i"}]}}""");
        assertThat(refused.statusCode()).isEqualTo(403);
        JsonNode status = tree(refused);
        assertThat(status.path("message").asString())
                .isEqualTo("pods \"p\" is forbidden: violates PodSecurity \"baseline:latest\": host namespaces"
                        + " (hostNetwork=true)");
        assertThat(status.at("/details/kind").asString()).isEqualTo("pods");
        HttpResponse<String> warned = post("/api/v1/namespaces/strict/pods", """
                {"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]}}""");
        assertThat(warned.statusCode()).isEqualTo(201);
        assertThat(warned.headers().firstValue("Warning"))
                .hasValueSatisfying(warning -> assertThat(warning)
                        .startsWith("299 - \"would violate PodSecurity \\\"restricted:latest\\\": allowPrivilege"));
        HttpResponse<String> labelled = gateway.send(gateway.request("/api/v1/namespaces/strict")
                .header("Content-Type", "application/merge-patch+json")
                .method(
                        "PATCH",
                        java.net.http.HttpRequest.BodyPublishers.ofString(
                                "{\"metadata\":{\"labels\":{\"pod-security.kubernetes.io/enforce\":\"restricted\"}}}"))
                .build());
        assertThat(labelled.headers().allValues("Warning"))
                .hasSize(2)
                .anyMatch(
                        warning -> warning.contains("p: allowPrivilegeEscalation != false, unrestricted capabilities"));
    }

    @Test
    void anEvictionIsPutOffWithTheTimeToComeBack() throws Exception {
        post("/api/v1/namespaces/default/pods", """
                {"metadata":{"name":"p","labels":{"app":"a"}},"spec":{"containers":[{"name":"c","image":"i"}]}}""");
        String budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
        post(budgets, """
                {"metadata":{"name":"b"},"spec":{"minAvailable":1,"selector":{"matchLabels":{"app":"a"}}}}""");
        String pod = "/api/v1/namespaces/default/pods/p";
        assertThat(gateway.send("PUT", pod + "/status", """
                        {"metadata":{"name":"p","labels":{"app":"a"}},"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}""").statusCode()).isEqualTo(200);
        String eviction = "{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\",\"metadata\":{\"name\":\"p\"}}";
        HttpResponse<String> early = gateway.send("POST", pod + "/eviction", eviction);
        assertThat(early.statusCode()).as(early.body()).isEqualTo(429);
        assertThat(early.headers().firstValue("Retry-After")).contains("10");
        assertThat(tree(early).at("/details/causes/0/reason").asString()).isEqualTo("DisruptionBudget");
        gateway.send("PUT", budgets + "/b/status", """
                {"metadata":{"name":"b"},"status":{"observedGeneration":1,"disruptionsAllowed":1,"currentHealthy":2,
                 "desiredHealthy":1,"expectedPods":2}}""");
        HttpResponse<String> rehearsed = gateway.send(
                "POST", pod + "/eviction", eviction.replace("}}", "},\"deleteOptions\":{\"dryRun\":[\"All\"]}}"));
        assertThat(rehearsed.statusCode()).as(rehearsed.body()).isEqualTo(201);
        HttpResponse<String> evicted = gateway.send("POST", pod + "/eviction", eviction);
        assertThat(evicted.statusCode()).isEqualTo(201);
        assertThat(tree(evicted).path("status").asString()).isEqualTo("Success");
        assertThat(gateway.get(budgets + "/b").at("/status/disruptionsAllowed").asInt())
                .isZero();
    }

    @Test
    void servicesGetAddressesOfTheRangeThatIsSet() throws Exception {
        HttpResponse<String> created = post("/api/v1/namespaces/default/services", """
                {"metadata":{"name":"s"},"spec":{"type":"NodePort","ports":[{"port":80}]}}""");
        JsonNode spec = tree(created).path("spec");
        assertThat(spec.path("clusterIP").asString()).startsWith("10.44.0.");
        assertThat(spec.at("/clusterIPs/0").asString())
                .isEqualTo(spec.path("clusterIP").asString());
        assertThat(spec.at("/ports/0/nodePort").asInt()).isBetween(30_000, 32_767);
    }

    private static HttpResponse<String> post(String path, String json) throws Exception {
        return gateway.send("POST", path, json);
    }

    private static JsonNode tree(HttpResponse<String> response) {
        return JsonMapper.shared().readTree(response.body());
    }
}
