package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.gateway.auth.AccountTokens;
import dev.waybill.gateway.auth.ClusterCertificates;
import dev.waybill.gateway.auth.SigningKey;
import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.gateway.state.StoredObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every route that discovery names and every other path, with each kind of credential that must not open it. */
@Timeout(600)
class RoutesIT {
    private static final String ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts";
    private static final List<String> READABLE_BY_ALL = List.of(
            "/healthz", "/livez", "/readyz", "/version", "/api", "/api/v1", "/apis", "/apis/apps", "/apis/apps/v1");
    private static final List<String> OTHER_PATHS = List.of(
            "/",
            "/openapi/v2",
            "/openapi/v3",
            "/openapi/v3/api/v1",
            "/metrics",
            "/logs",
            "/debug/pprof",
            "/nonsense",
            "/.well-known/openid-configuration",
            "/openid/v1/jwks",
            "/actuator",
            "/api/v1/nonsense",
            "/apis/no.group/v1/things",
            "/api/v1/namespaces/default/pods/p/nonsense",
            "/api//v1/namespaces/default/secrets",
            "/api/v1/../v1/secrets",
            "/healthz/../api/v1/secrets",
            "/API/V1/secrets",
            "/%61pi/v1/secrets",
            "/api/v1/secrets;x=y",
            "/api;x/v1/secrets");

    /** What each caller may ask about itself. */
    private static final Set<String> ABOUT_ONESELF =
            Set.of("selfsubjectreviews", "selfsubjectaccessreviews", "selfsubjectrulesreviews");

    @RegisterExtension
    static final RunningGateway gateway = RunningGateway.ofClass();

    private static List<Route> routes;

    private record Route(String method, String path, String resource) {}

    @BeforeAll
    static void start() throws Exception {
        routes = routes();
    }

    @Test
    void theWalkKnowsTheWholeApi() {
        assertThat(routes).hasSizeGreaterThan(400);
        assertThat(routes)
                .contains(
                        new Route("GET", "/api/v1/namespaces/default/pods/x/log", "pods"),
                        new Route("POST", ACCOUNTS + "/x/token", "serviceaccounts"),
                        new Route("GET", "/api/v1/watch/namespaces/default/pods/x?timeoutSeconds=1", "pods"),
                        new Route("GET", "/apis/apps/v1/watch/deployments?timeoutSeconds=1", "deployments"),
                        new Route("GET", "/api/v1/watch/nodes/x?timeoutSeconds=1", "nodes"),
                        new Route("DELETE", "/apis/rbac.authorization.k8s.io/v1/clusterroles", "clusterroles"));
    }

    @Test
    void withoutCredentialsOnlyHealthVersionAndDiscoveryAnswer() throws Exception {
        for (Route route : routes) {
            refused(send(route, null, gateway.nobody()), 401, route);
        }
        for (String path : OTHER_PATHS) {
            for (String method : List.of("GET", "POST")) {
                HttpResponse<String> response = send(new Route(method, path, ""), null, gateway.nobody());
                boolean openable = path.startsWith("/.well") || path.startsWith("/openid"); // by a binding
                assertThat(response.statusCode()).as(method + " " + path).isIn(400, openable ? 403 : 401);
                assertThat(response.body()).as(path).contains("\"kind\":\"Status\"");
            }
        }
        for (String path : READABLE_BY_ALL) {
            assertThat(send(new Route("GET", path, ""), null, gateway.nobody()).statusCode())
                    .as(path)
                    .isEqualTo(200);
        }
        for (String path : List.of("/version", "/api", "/apis", "/apis/apps/v1")) {
            assertThat(send(new Route("POST", path, ""), null, gateway.nobody()).statusCode())
                    .as(path)
                    .isEqualTo(403);
        }
    }

    @Test
    void withTokensThatDoNotHoldNothingAnswers() throws Exception {
        List<String> tokens = List.of("garbage", expired(), ofADeletedAccount(), signedByAnother());
        for (Route route : routes) {
            for (String token : tokens) {
                refused(send(route, token, gateway.nobody()), 401, route);
            }
        }
        for (String path : List.of("/version", "/api", "/apis", "/apis/apps/v1", "/openapi/v3", "/")) {
            for (String token : tokens) {
                Route route = new Route("GET", path, "");
                refused(send(route, token, gateway.nobody()), 401, route);
            }
        }
    }

    @Test
    void aCertificateOfAnotherAuthorityOpensNothing() throws Exception {
        HttpClient stranger = HttpClient.newBuilder()
                .sslContext(strangers().clientContext("admin"))
                .version(HttpClient.Version.HTTP_1_1)
                .build();
        // Each is a handshake of its own that comes to nothing.
        routes.parallelStream()
                .forEach(route -> org.junit.jupiter.api.Assertions.assertThrows(
                        IOException.class, () -> send(route, null, stranger), route.toString()));
    }

    @Test
    void withoutRightsEveryRouteIsForbiddenInKubernetesWords() throws Exception {
        create("powerless");
        String token = token("powerless");
        long revision = gateway.image().revision();
        for (Route route : routes) {
            HttpResponse<String> response = send(route, token, gateway.nobody());
            if (ABOUT_ONESELF.contains(route.resource())) {
                assertThat(response.statusCode()).as(route.toString()).isNotIn(401, 403, 500);
                continue;
            }
            refused(response, 403, route);
            JsonNode status = json(response);
            assertThat(status.path("message").asString())
                    .as(route.toString())
                    .contains(" is forbidden: User \"system:serviceaccount:default:powerless\" cannot ")
                    .contains(" resource \"" + route.resource());
            assertThat(status.at("/details/kind").asString()).isEqualTo(route.resource());
        }
        for (String path : OTHER_PATHS) {
            HttpResponse<String> response = send(new Route("GET", path, ""), token, gateway.nobody());
            boolean readable = path.startsWith("/openapi") || path.startsWith("/.well") || path.startsWith("/openid");
            assertThat(response.statusCode()).as(path).isIn(readable ? List.of(200, 404) : List.of(400, 403));
        }
        assertThat(gateway.image().revision()).as("nothing was written").isEqualTo(revision);
    }

    @Test
    void aReaderCannotWriteAndAnEditorCannotRule() throws Exception {
        create("reader");
        create("editor");
        bind("reader", "view");
        bind("editor", "edit");
        String reader = token("reader");
        String editor = token("editor");
        for (Route route : routes) {
            boolean here = route.path().startsWith("/api/v1/namespaces/default/pods");
            if (here && !route.method().equals("GET")) {
                refused(send(route, reader, gateway.nobody()), 403, route);
            }
            if (route.path().contains("rbac.authorization") || route.path().startsWith("/api/v1/nodes")) {
                refused(send(route, editor, gateway.nobody()), 403, route);
            }
        }
        assertThat(send(new Route("GET", "/api/v1/namespaces/default/pods", ""), reader, gateway.nobody())
                        .statusCode())
                .isEqualTo(200);
        assertThat(send(new Route("GET", "/api/v1/namespaces/default/secrets", ""), reader, gateway.nobody())
                        .statusCode())
                .isEqualTo(403);
        assertThat(send(new Route("GET", "/api/v1/namespaces/default/secrets", ""), editor, gateway.nobody())
                        .statusCode())
                .isEqualTo(200);
    }

    private static List<Route> routes() throws Exception {
        List<String> versions = new ArrayList<>(List.of("/api/v1"));
        gateway.get("/apis")
                .path("groups")
                .forEach(group -> group.path("versions")
                        .forEach(version -> versions.add(
                                "/apis/" + version.path("groupVersion").asString())));
        Set<Route> all = new LinkedHashSet<>();
        for (String version : versions) {
            for (JsonNode resource : gateway.get(version).path("resources")) {
                String name = resource.path("name").asString();
                boolean namespaced = resource.path("namespaced").asBoolean();
                String base = version + (namespaced ? "/namespaces/default/" : "/");
                resource.path("verbs").forEach(verb -> add(all, base, name, verb.asString()));
                if (resource.path("verbs")
                        .valueStream()
                        .anyMatch(verb -> verb.asString().equals("watch"))) {
                    String watched = version + "/watch" + base.substring(version.length()) + name;
                    all.add(new Route("GET", watched + "?timeoutSeconds=1", name));
                    all.add(new Route("GET", watched + "/x?timeoutSeconds=1", name));
                    all.add(new Route("GET", version + "/watch/" + name + "?timeoutSeconds=1", name));
                }
                if (namespaced && !name.contains("/")) {
                    all.add(new Route("GET", version + "/" + name, name));
                }
            }
        }
        return List.copyOf(all);
    }

    private static void add(Set<Route> all, String base, String name, String verb) {
        String resource = name.split("/", 2)[0];
        String collection = base + resource;
        String one = collection + "/x" + (name.contains("/") ? name.substring(resource.length()) : "");
        all.add(
                switch (verb) {
                    case "get" -> new Route("GET", one, resource);
                    case "list" -> new Route("GET", collection, resource);
                    case "watch" -> new Route("GET", collection + "?watch=true&timeoutSeconds=1", resource);
                    case "create" -> new Route("POST", name.contains("/") ? one : collection, resource);
                    case "update" -> new Route("PUT", one, resource);
                    case "patch" -> new Route("PATCH", one, resource);
                    case "delete" -> new Route("DELETE", one, resource);
                    case "deletecollection" -> new Route("DELETE", collection, resource);
                    default -> throw new IllegalStateException(verb);
                });
    }

    private static void refused(HttpResponse<String> response, int code, Route route) {
        assertThat(response.statusCode()).as(route + " " + response.body()).isEqualTo(code);
        assertThat(json(response).path("kind").asString()).as(route.toString()).isEqualTo("Status");
        assertThat(json(response).path("reason").asString())
                .as(route.toString())
                .isEqualTo(code == 401 ? "Unauthorized" : "Forbidden");
    }

    private static HttpResponse<String> send(
            Route route, @org.jspecify.annotations.Nullable String token, HttpClient client) throws Exception {
        HttpRequest.Builder request = gateway.request(route.path())
                .header(
                        "Content-Type",
                        route.method().equals("PATCH") ? "application/merge-patch+json" : "application/json")
                .method(
                        route.method(),
                        route.method().equals("GET")
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString("{}"));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        return gateway.send(request.build(), client);
    }

    private static String expired() throws Exception {
        create("late");
        StoredObject account =
                Objects.requireNonNull(gateway.image().get(new ResourceKey("", "serviceaccounts", "default", "late")));
        Clock past = Clock.offset(Clock.systemUTC(), Duration.ofHours(-2));
        return new AccountTokens(
                        SigningKey.ensure(gateway.directory().resolve("data/pki")),
                        "https://kubernetes.default.svc",
                        gateway::image,
                        past)
                .issue(account, List.of("https://kubernetes.default.svc"), Duration.ofMinutes(10), null)
                .token();
    }

    private static String signedByAnother() throws Exception {
        create("forged");
        StoredObject account = Objects.requireNonNull(
                gateway.image().get(new ResourceKey("", "serviceaccounts", "default", "forged")));
        return new AccountTokens(
                        SigningKey.ensure(Files.createTempDirectory(gateway.directory(), "keys")),
                        "https://kubernetes.default.svc",
                        gateway::image,
                        Clock.systemUTC())
                .issue(account, List.of("https://kubernetes.default.svc"), Duration.ofMinutes(10), null)
                .token();
    }

    private static String ofADeletedAccount() throws Exception {
        create("gone");
        String token = token("gone");
        gateway.send("DELETE", ACCOUNTS + "/gone", "");
        return token;
    }

    /** Another cluster's credentials, used by somebody who trusts this one. */
    private static ClusterCertificates strangers() throws IOException {
        Path other = gateway.directory().resolve("other-pki");
        ClusterCertificates.ensure(other);
        Files.copy(
                gateway.certificates().certificate("ca"), other.resolve("ca.crt"), StandardCopyOption.REPLACE_EXISTING);
        return ClusterCertificates.ensure(other);
    }

    private static void create(String account) throws Exception {
        gateway.send("POST", ACCOUNTS, """
                {"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"%s"}}""".formatted(account));
    }

    private static String token(String account) throws Exception {
        return json(gateway.send("POST", ACCOUNTS + "/" + account + "/token", "{}"))
                .at("/status/token")
                .asString();
    }

    private static void bind(String account, String role) throws Exception {
        gateway.send("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings", """
                {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"%s"},
                 "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"%s"},
                 "subjects":[{"kind":"ServiceAccount","namespace":"default","name":"%s"}]}""".formatted(
                        account, role, account));
    }

    private static JsonNode json(HttpResponse<String> response) {
        return JsonMapper.shared().readTree(response.body());
    }
}
