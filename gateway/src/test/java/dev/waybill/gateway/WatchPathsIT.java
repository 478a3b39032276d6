package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Watches by their deprecated paths, {@code /api/v1/watch/...}, which old clients still ask for. */
@Timeout(600)
class WatchPathsIT {
    private static final String RIGHTS = "/apis/rbac.authorization.k8s.io/v1/";

    @TempDir
    static Path directory;

    private static RunningGateway gateway;

    @BeforeAll
    static void start() throws Exception {
        gateway = RunningGateway.start(directory);
        gateway.send("POST", "/api/v1/namespaces", "{\"metadata\":{\"name\":\"elsewhere\"}}");
        for (String place : List.of("default", "elsewhere")) {
            for (String name : List.of("a", "b")) {
                gateway.send(
                        "POST",
                        "/api/v1/namespaces/" + place + "/secrets",
                        "{\"metadata\":{\"name\":\"" + name + "\",\"labels\":{\"at\":\"" + place + "\"}}}");
            }
        }
        gateway.send("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", """
                {"metadata":{"name":"things.example.com"},"spec":{"group":"example.com","scope":"Namespaced",
                 "names":{"plural":"things","kind":"Thing"},"versions":[{"name":"v1","served":true,"storage":true,
                 "schema":{"openAPIV3Schema":{"type":"object"}}}]}}""");
        gateway.send("POST", "/apis/example.com/v1/namespaces/default/things", "{\"metadata\":{\"name\":\"thing\"}}");
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/api/v1/watch/secrets                                          | default/a default/b elsewhere/a elsewhere/b",
                "/api/v1/watch/namespaces/elsewhere/secrets                     | elsewhere/a elsewhere/b",
                "/api/v1/watch/namespaces/elsewhere/secrets/b                   | elsewhere/b",
                "/api/v1/watch/namespaces/elsewhere/secrets?labelSelector=at%3Ddefault | -",
                "/api/v1/watch/namespaces/default/secrets/a?fieldSelector=metadata.name%3Da | default/a",
                "/api/v1/watch/namespaces/default/secrets/a?watch=false         | default/a",
                "/api/v1/watch/namespaces/elsewhere                             | /elsewhere",
                "/apis/example.com/v1/watch/namespaces/default/things/thing     | default/thing",
                "/apis/rbac.authorization.k8s.io/v1/watch/clusterroles/view     | /view",
            })
    void tellsOfWhatIsThere(String path, String objects) throws Exception {
        assertThat(watched(path)).isEqualTo(objects.equals("-") ? "" : objects);
    }

    @ParameterizedTest
    @ValueSource(strings = {"kubectl", "kubectl-1.20"})
    void kubectlReadsIt(String program) throws Exception {
        Kubectl kubectl = Kubectl.find(program, directory, gateway.kubeconfig()).orElse(null);
        Assumptions.assumeTrue(kubectl != null, "SKIPPED: no " + program);
        assertThat(kubectl.run("get", "--raw", "/api/v1/watch/namespaces/elsewhere/secrets/b?timeoutSeconds=1"))
                .startsWith("{\"type\":\"ADDED\",\"object\":{")
                .contains("\"name\":\"b\"");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, 404, /api/v1/watch/secrets/a",
        "GET, 404, /api/v1/watch/namespaces/default/pods/a/log",
        "GET, 404, /apis/authentication.k8s.io/v1/watch/tokenreviews",
        "GET, 404, /api/v1/watch/nonsense",
        "GET, 400, /api/v1/watch/namespaces/default/secrets/a?fieldSelector=metadata.name%3Db",
        "POST, 405, /api/v1/watch/namespaces/default/secrets",
        "DELETE, 405, /api/v1/watch/namespaces/default/secrets/a",
    })
    void elsewhereNothingIsWatched(String method, int code, String path) throws Exception {
        HttpResponse<String> response = gateway.send(method, path, "{}");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(code);
    }

    @Test
    void takesTheRightToWatch() throws Exception {
        role("lister", "'list','get'", "");
        role("watcher", "'watch'", "");
        role("watcher-of-one", "'watch'", ",'resourceNames':['a']");
        String all = "/api/v1/watch/namespaces/default/secrets?timeoutSeconds=1";
        String one = "/api/v1/watch/namespaces/default/secrets/a?timeoutSeconds=1";
        HttpResponse<String> refused = as("lister", all);
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body())
                .contains("cannot watch resource \\\"secrets\\\" in API group \\\"\\\" in the namespace");
        assertThat(as("lister", one).statusCode()).isEqualTo(403);
        assertThat(as("watcher", all).statusCode()).isEqualTo(200);
        assertThat(as("watcher", one).statusCode()).isEqualTo(200);
        assertThat(as("watcher-of-one", one).statusCode()).isEqualTo(200);
        assertThat(as("watcher-of-one", all).statusCode()).isEqualTo(403);
        // The selector of a path that says everything itself counts for nothing.
        assertThat(as("watcher-of-one", all + "&fieldSelector=metadata.name%3Da")
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void openApiNamesThemAsDeprecated() throws Exception {
        JsonNode paths = gateway.get("/openapi/v3/api/v1").path("paths");
        JsonNode list = paths.path("/api/v1/watch/namespaces/{namespace}/pods").path("get");
        assertThat(list.path("x-kubernetes-action").asString()).isEqualTo("watchlist");
        assertThat(list.path("deprecated").asBoolean()).isTrue();
        assertThat(paths.path("/api/v1/watch/namespaces/{namespace}/pods/{name}")
                        .at("/get/x-kubernetes-action")
                        .asString())
                .isEqualTo("watch");
        assertThat(paths.has("/api/v1/watch/pods")).isTrue();
        assertThat(paths.has("/api/v1/watch/nodes/{name}")).isTrue();
        assertThat(paths.has("/api/v1/watch/bindings")).isFalse();
        assertThat(gateway.get("/openapi/v3/apis/example.com/v1").toString()).doesNotContain("/watch/");
    }

    private static String watched(String path) throws Exception {
        String time = path.contains("?") ? "&timeoutSeconds=1" : "?timeoutSeconds=1";
        HttpResponse<String> response =
                gateway.send(gateway.request(path + time).build());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return String.join(
                " ",
                response.body()
                        .lines()
                        .map(JsonMapper.shared()::readTree)
                        .peek(event -> assertThat(event.path("type").asString()).isEqualTo("ADDED"))
                        .map(event -> event.at("/object/metadata"))
                        .map(metadata -> metadata.path("namespace").asString("") + "/"
                                + metadata.path("name").asString())
                        .sorted()
                        .toList());
    }

    private static HttpResponse<String> as(String user, String path) throws Exception {
        return gateway.send(gateway.request(path)
                .header("Impersonate-User", user)
                .method("GET", HttpRequest.BodyPublishers.noBody())
                .build());
    }

    private static void role(String user, String verbs, String names) throws Exception {
        String role = "{'metadata':{'name':'" + user + "'},'rules':[{'apiGroups':[''],'resources':['secrets'],'verbs':["
                + verbs + "]" + names + "}]}";
        gateway.send("POST", RIGHTS + "clusterroles", role.replace('\'', '"'));
        String binding = "{'metadata':{'name':'" + user + "'},'roleRef':{'kind':'ClusterRole','name':'" + user
                + "','apiGroup':'rbac.authorization.k8s.io'},'subjects':[{'kind':'User','name':'" + user + "'}]}";
        gateway.send("POST", RIGHTS + "clusterrolebindings", binding.replace('\'', '"'));
    }
}
