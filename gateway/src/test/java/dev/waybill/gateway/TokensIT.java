package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.waybill.events.catalog.Topic;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.objects.NodeKey;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.math.BigInteger;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Bearer tokens: of ServiceAccounts, of a file, and what becomes of those that do not hold. */
@Timeout(600)
class TokensIT {
    private static final String ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts";
    private static final String REVIEWS = "/apis/authentication.k8s.io/v1/tokenreviews";

    @TempDir
    static Path directory;

    private static RunningGateway gateway;
    private static final ListAppender<ILoggingEvent> LOGGED = new ListAppender<>();

    @BeforeAll
    static void start() throws Exception {
        Path tokens = Files.writeString(
                directory.resolve("tokens.csv"), "static-token-of-olga,olga,uid-7,\"shop:devs,shop:ops\"\n");
        gateway = RunningGateway.start(directory, "--waybill.tokens.file=" + tokens);
        LOGGED.start();
        root().addAppender(LOGGED);
        root().setLevel(Level.DEBUG);
    }

    @AfterAll
    static void stop() {
        root().setLevel(Level.WARN);
        root().detachAppender(LOGGED);
        gateway.close();
    }

    @Test
    void aTokenIsWhatItsAccountIs() throws Exception {
        account("robot");
        JsonNode issued = token("robot", "{\"spec\":{\"expirationSeconds\":600}}");
        assertThat(issued.path("kind").asString()).isEqualTo("TokenRequest");
        assertThat(Instant.parse(issued.at("/status/expirationTimestamp").asString()))
                .isBetween(Instant.now().plusSeconds(580), Instant.now().plusSeconds(601));
        String token = issued.at("/status/token").asString();
        JsonNode self = json(as(token, "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}"));
        JsonNode user = self.at("/status/userInfo");
        assertThat(user.path("username").asString()).isEqualTo("system:serviceaccount:default:robot");
        assertThat(user.path("uid").asString())
                .isEqualTo(gateway.get(ACCOUNTS + "/robot").at("/metadata/uid").asString());
        assertThat(user.path("groups").valueStream().map(JsonNode::asString))
                .containsExactly("system:authenticated", "system:serviceaccounts", "system:serviceaccounts:default");
        assertThat(user.at("/extra/authentication.kubernetes.io~1credential-id/0")
                        .asString())
                .startsWith("JTI=");

        HttpResponse<String> refused = as(token, "GET", "/api/v1/namespaces/default/pods", null);
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(json(refused).path("message").asString())
                .isEqualTo("pods is forbidden: User \"system:serviceaccount:default:robot\" cannot list resource"
                        + " \"pods\" in API group \"\" in the namespace \"default\"");
        bind("robot", "view");
        assertThat(as(token, "GET", "/api/v1/namespaces/default/pods", null).statusCode())
                .isEqualTo(200);
        assertThat(as(token, "POST", "/api/v1/namespaces/default/configmaps", map("by-token"))
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void aTokenEndsWithItsAccountAndTheObjectItIsBoundTo() throws Exception {
        JsonNode account = account("brief");
        gateway.send("POST", "/api/v1/namespaces/default/pods", """
                {"apiVersion":"v1","kind":"Pod","metadata":{"name":"holder"},
                 "spec":{"serviceAccountName":"brief","containers":[{"name":"c","image":"i"}]}}""");
        String bound = token("brief", """
                {"spec":{"boundObjectRef":{"kind":"Pod","apiVersion":"v1","name":"holder"}}}""").at("/status/token").asString();
        JsonNode claims = claims(bound);
        assertThat(claims.at("/kubernetes.io/pod/name").asString()).isEqualTo("holder");
        assertThat(claims.at("/kubernetes.io/namespace").asString()).isEqualTo("default");
        assertThat(claims.at("/kubernetes.io/serviceaccount/uid")).isEqualTo(account.at("/metadata/uid"));
        assertThat(claims.path("sub").asString()).isEqualTo("system:serviceaccount:default:brief");
        assertThat(as(bound, "GET", "/openapi/v3", null).statusCode()).isEqualTo(200);
        gateway.send("DELETE", "/api/v1/namespaces/default/pods/holder?gracePeriodSeconds=0", "");
        assertUnauthorized(as(bound, "GET", "/openapi/v3", null));

        String free = token("brief", "{}").at("/status/token").asString();
        assertThat(as(free, "GET", "/openapi/v3", null).statusCode()).isEqualTo(200);
        gateway.send("DELETE", ACCOUNTS + "/brief", "");
        assertUnauthorized(as(free, "GET", "/openapi/v3", null));
        account("brief");
        assertUnauthorized(as(free, "GET", "/openapi/v3", null));
    }

    @Test
    void aSecretIsFilledWithATokenThatEndsWithIt() throws Exception {
        String secrets = "/api/v1/namespaces/default/secrets";
        account("stored");
        String secret = """
                {"metadata":{"name":"NAME","annotations":{"kubernetes.io/service-account.name":"ACCOUNT"}},
                 "type":"kubernetes.io/service-account-token"}""";
        String own = secret.replace("NAME", "own").replace("ACCOUNT", "stored");
        assertThat(gateway.send("POST", secrets, own).statusCode()).isEqualTo(201);
        assertThat(gateway.send(
                                "POST",
                                secrets,
                                own.replace("\"own\"", "\"bare\"").replace("service-account.name", "other"))
                        .body())
                .contains("metadata.annotations[kubernetes.io/service-account.name]: Required value");
        JsonNode data = filled(secrets + "/own");
        assertThat(decoded64(data.path("namespace"))).isEqualTo("default");
        assertThat(decoded64(data.path("ca.crt"))).startsWith("-----BEGIN CERTIFICATE-----");
        String token = decoded64(data.path("token"));
        JsonNode claims = claims(token);
        assertThat(claims.path("iss").asString()).isEqualTo("kubernetes/serviceaccount");
        assertThat(claims.path("kubernetes.io/serviceaccount/secret.name").asString())
                .isEqualTo("own");
        assertThat(claims.has("exp")).isFalse();
        assertThat(as(token, "GET", "/openapi/v3", null).statusCode()).isEqualTo(200);
        assertThat(as(token, "GET", secrets, null).body()).contains("system:serviceaccount:default:stored");

        gateway.send("DELETE", secrets + "/own", "");
        assertUnauthorized(as(token, "GET", "/openapi/v3", null));
        gateway.send("POST", secrets, own);
        assertThat(decoded64(filled(secrets + "/own").path("token"))).isNotEqualTo(token);
        assertUnauthorized(as(token, "GET", "/openapi/v3", null));

        gateway.send("DELETE", ACCOUNTS + "/stored", "");
        assertThat(gateway.get(secrets + "/own").path("code").asInt()).isEqualTo(404);
        gateway.send("POST", secrets, secret.replace("NAME", "orphan").replace("ACCOUNT", "nobody"));
        while (gateway.get(secrets + "/orphan").path("code").asInt() != 404) {
            Thread.sleep(Duration.ofMillis(50)); // the class's time limit ends a Secret that stays
        }
    }

    private static JsonNode filled(String secret) throws Exception {
        while (true) {
            JsonNode data = gateway.get(secret).path("data");
            if (data.has("token")) {
                return data;
            }
            Thread.sleep(Duration.ofMillis(50)); // the class's time limit ends a Secret that is never filled
        }
    }

    private static String decoded64(JsonNode value) {
        return new String(Base64.getDecoder().decode(value.asString()), java.nio.charset.StandardCharsets.UTF_8);
    }

    @Test
    void requestsThatCannotBeMetSayWhy() throws Exception {
        account("asker");
        assertThat(token("asker", "{\"spec\":{\"expirationSeconds\":599}}")
                        .path("message")
                        .asString())
                .isEqualTo("TokenRequest.authentication.k8s.io \"asker\" is invalid: spec.expirationSeconds: Invalid"
                        + " value: 599: may not specify a duration less than 10 minutes");
        assertThat(token("asker", "{\"spec\":{\"expirationSeconds\":4294967297}}")
                        .path("code")
                        .asInt())
                .isEqualTo(422);
        assertThat(token(
                                "asker",
                                "{\"spec\":{\"boundObjectRef\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"name\":\"x\"}}}")
                        .path("message")
                        .asString())
                .isEqualTo("pods \"x\" not found");
        assertThat(token(
                                "asker",
                                "{\"spec\":{\"boundObjectRef\":{\"kind\":\"Lamp\",\"apiVersion\":\"v1\",\"name\":\"x\"}}}")
                        .path("code")
                        .asInt())
                .isEqualTo(400);
        assertThat(token("nobody", "{}").path("message").asString()).isEqualTo("serviceaccounts \"nobody\" not found");
        assertThat(token("asker", "[]").path("code").asInt()).isEqualTo(400);
    }

    @Test
    void aTokenForOthersHoldsForThemOnly() throws Exception {
        account("shared");
        String token = token("shared", "{\"spec\":{\"audiences\":[\"vault\"]}}")
                .at("/status/token")
                .asString();
        assertUnauthorized(as(token, "GET", "/openapi/v3", null));
        JsonNode wrong = review("{\"spec\":{\"token\":\"" + token + "\"}}");
        assertThat(wrong.at("/status/authenticated").asBoolean(false)).isFalse();
        assertThat(wrong.at("/status/error").asString()).isEqualTo("invalid bearer token");
        JsonNode right = review("{\"spec\":{\"token\":\"" + token + "\",\"audiences\":[\"vault\",\"other\"]}}");
        assertThat(right.at("/status/authenticated").asBoolean()).isTrue();
        assertThat(right.at("/status/audiences").toString()).isEqualTo("[\"vault\"]");
        assertThat(right.at("/status/user/username").asString()).isEqualTo("system:serviceaccount:default:shared");
    }

    @Test
    void othersCanVerifyTokensByThePublishedKeys() throws Exception {
        account("signed");
        String token = token("signed", "{}").at("/status/token").asString();
        JsonNode document = json(as(token, "GET", "/.well-known/openid-configuration", null));
        assertThat(document.path("issuer")).isEqualTo(claims(token).path("iss"));
        assertThat(document.path("jwks_uri").asString()).endsWith("/openid/v1/jwks");
        JsonNode key = json(as(token, "GET", "/openid/v1/jwks", null)).at("/keys/0");
        AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
        curve.init(new ECGenParameterSpec("secp256r1"));
        ECPublicKey published = (ECPublicKey) KeyFactory.getInstance("EC")
                .generatePublic(new ECPublicKeySpec(
                        new ECPoint(number(key.path("x")), number(key.path("y"))),
                        curve.getParameterSpec(ECParameterSpec.class)));
        Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
        signature.initVerify(published);
        int end = token.lastIndexOf('.');
        signature.update(token.substring(0, end).getBytes(StandardCharsets.US_ASCII));
        assertThat(signature.verify(Base64.getUrlDecoder().decode(token.substring(end + 1))))
                .isTrue();
    }

    @Test
    void forgedTokensAreRefusedAndNeverAnError() throws Exception {
        account("victim");
        String good = token("victim", "{}").at("/status/token").asString();
        String[] parts = good.split("\\.", -1);
        String none = encoded("{\"alg\":\"none\"}");
        String admin = encoded(decoded(parts[1]).replace("victim", "default"));
        for (String bad : List.of(
                "x",
                "a.b.c",
                "..",
                "%%%.%%%.%%%",
                none + "." + parts[1] + ".",
                none + "." + parts[1] + "." + parts[2],
                parts[0] + "." + admin + "." + parts[2],
                parts[0] + "." + parts[1] + "." + parts[2].substring(1),
                parts[0] + "." + parts[1] + "." + encoded("x"),
                parts[0] + "." + encoded("[]") + "." + parts[2],
                good + "x",
                "é".repeat(50),
                "x".repeat(7_000))) {
            assertUnauthorized(as(bad, "GET", "/api", null));
        }
        assertThat(review("{\"spec\":{\"token\":\"a.b.c\"}}")
                        .at("/status/authenticated")
                        .asBoolean(false))
                .isFalse();
    }

    @Test
    void tokensOfTheFileAreKnown() throws Exception {
        JsonNode self =
                json(as("static-token-of-olga", "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}"));
        assertThat(self.at("/status/userInfo").toString())
                .isEqualTo("{\"username\":\"olga\",\"uid\":\"uid-7\",\"groups\":[\"shop:devs\",\"shop:ops\","
                        + "\"system:authenticated\"]}");
    }

    @Test
    void aClientLibraryWorksWithAToken() throws Exception {
        account("library");
        bind("library", "edit");
        String token = token("library", "{}").at("/status/token").asString();
        Config admin = Config.fromKubeconfig(gateway.kubeconfig());
        Config config = new ConfigBuilder()
                .withMasterUrl(admin.getMasterUrl())
                .withCaCertData(admin.getCaCertData())
                .withOauthToken(token)
                .withAutoConfigure(false)
                .build();
        try (KubernetesClient client =
                new KubernetesClientBuilder().withConfig(config).build()) {
            assertThat(client.configMaps()
                            .inNamespace("default")
                            .resource(client.getKubernetesSerialization()
                                    .unmarshal(map("from-library"), io.fabric8.kubernetes.api.model.ConfigMap.class))
                            .create()
                            .getMetadata()
                            .getUid())
                    .isNotEmpty();
            org.junit.jupiter.api.Assertions.assertThrows(
                    KubernetesClientException.class,
                    () -> client.configMaps().inNamespace("kube-system").list());
        }
    }

    @Test
    void kubectlMakesTokensAsksForRightsAndActsForOthers() throws Exception {
        Kubectl kubectl = Kubectl.find("kubectl", directory, gateway.kubeconfig())
                .orElseGet(() -> {
                    Assumptions.abort("this machine has no kubectl");
                    throw new AssertionError();
                });
        account("cli");
        bind("cli", "view");
        String token = kubectl.run("create", "token", "cli", "--duration=10m").strip();
        assertThat(claims(token).path("sub").asString()).isEqualTo("system:serviceaccount:default:cli");
        String me = "--as=system:serviceaccount:default:cli";
        assertThat(kubectl.run("auth", "can-i", "get", "pods", me).strip()).isEqualTo("yes");
        assertThat(kubectl.attempt("", "auth", "can-i", "delete", "pods", me)
                        .output()
                        .strip())
                .isEqualTo("no");
        assertThat(kubectl.run("auth", "can-i", "--list", me))
                .contains("pods/log")
                .contains("selfsubjectreviews");
        assertThat(kubectl.attempt("", "get", "secrets", me).output())
                .contains("secrets is forbidden: User \"system:serviceaccount:default:cli\" cannot list resource"
                        + " \"secrets\" in API group \"\" in the namespace \"default\"");
        assertThat(kubectl.attempt("", "get", "pods", me, "--as-group=x", "-A").output())
                .contains("forbidden");
        HttpResponse<String> nobody = gateway.send(
                gateway.request("/api/v1/namespaces/default/pods")
                        .header("Authorization", "Bearer " + token)
                        .header("Impersonate-User", "admin")
                        .build(),
                gateway.nobody());
        assertThat(nobody.statusCode()).isEqualTo(403);
        assertThat(json(nobody).path("message").asString())
                .isEqualTo("users \"admin\" is forbidden: User \"system:serviceaccount:default:cli\" cannot impersonate"
                        + " resource \"users\" in API group \"\" at the cluster scope");
    }

    @Test
    void noTokenIsLoggedOrPublished() throws Exception {
        account("quiet");
        String token = token("quiet", "{}").at("/status/token").asString();
        as(token, "GET", "/api", null);
        as(token, "POST", "/api/v1/namespaces/default/configmaps", map("x"));
        as(token + "x", "GET", "/api", null);
        review("{\"spec\":{\"token\":\"" + token + "\"}}");
        String signature = token.substring(token.lastIndexOf('.') + 1);
        assertThat(List.copyOf(LOGGED.list))
                .isNotEmpty()
                .noneMatch(event -> event.getFormattedMessage().contains(signature));
        for (Topic topic : List.of(Topics.RESOURCES, Topics.OUTCOMES)) {
            assertThat(gateway.raw(topic.name()))
                    .noneMatch(record -> record.value() != null
                            && new String(record.value(), StandardCharsets.ISO_8859_1).contains(signature));
        }
    }

    private static Logger root() {
        return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }

    private static void assertUnauthorized(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(401);
        assertThat(json(response).path("reason").asString()).isEqualTo("Unauthorized");
        assertThat(json(response).path("message").asString()).isEqualTo("Unauthorized");
    }

    private static JsonNode account(String name) throws Exception {
        return json(gateway.send("POST", ACCOUNTS, """
                {"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"%s"}}""".formatted(name)));
    }

    /** A node signs its own credential, and gets tokens for the accounts of its pods, bound to them, and nothing else. */
    @Test
    void aNodeGetsTokensForItsOwnPodsOnly() throws Exception {
        account("carried");
        for (String node : List.of("here", "there")) {
            gateway.send("POST", "/api/v1/nodes", """
                    {"apiVersion":"v1","kind":"Node","metadata":{"name":"%s"},"status":{"allocatable":
                     {"cpu":"4","memory":"4Gi","pods":"10"}}}""".formatted(node));
            HttpResponse<String> pod =
                    gateway.send("POST", "/api/v1/namespaces/default/pods", """
                    {"apiVersion":"v1","kind":"Pod","metadata":{"name":"pod-%s"},"spec":{"nodeName":"%s",
                     "serviceAccountName":"carried","containers":[{"name":"c","image":"i"}]}}""".formatted(node, node));
            assertThat(pod.statusCode()).as(pod.body()).isEqualTo(201);
            assertThat(json(pod)
                            .at("/spec/volumes/0/projected/sources/0/serviceAccountToken/path")
                            .asString())
                    .isEqualTo("token");
        }
        NodeKey cluster = NodeKey.read(directory.resolve("data/pki/nodes.key"));
        String here = cluster.of("here").credential("here", Instant.now().plusSeconds(60));
        HttpResponse<String> issued = asks(here, "carried", "pod-here", uid("pod-here"));
        assertThat(issued.statusCode()).as(issued.body()).isEqualTo(201);
        JsonNode claims = claims(json(issued).at("/status/token").asString());
        assertThat(claims.at("/kubernetes.io/pod/name").asString()).isEqualTo("pod-here");
        assertThat(claims.at("/kubernetes.io/node/name").asString()).isEqualTo("here");

        assertThat(asks(here, "carried", "pod-there", uid("pod-there")).body())
                .contains("node requested token bound to a pod scheduled on a different node");
        assertThat(asks(here, "carried", "pod-here", "").body())
                .contains("node requested token with a pod binding without a uid");
        assertThat(as(here, "POST", ACCOUNTS + "/carried/token", "{\"spec\":{}}")
                        .body())
                .contains("node requested token not bound to a pod");
        assertThat(asks(here, "default", "pod-here", uid("pod-here")).statusCode())
                .as("no pod of the node runs as it")
                .isEqualTo(403);
        assertThat(as(here, "GET", "/api/v1/namespaces/default/pods/pod-here", null)
                        .statusCode())
                .isEqualTo(200);
        assertThat(as(here, "GET", "/api/v1/namespaces/default/pods/pod-there", null)
                        .statusCode())
                .isEqualTo(403);
        String forged = cluster.of("here").credential("there", Instant.now().plusSeconds(60));
        assertUnauthorized(asks(forged, "carried", "pod-there", uid("pod-there")));
        String ended = cluster.of("here").credential("here", Instant.now().minusSeconds(1));
        assertUnauthorized(asks(ended, "carried", "pod-here", uid("pod-here")));
    }

    private static String uid(String pod) throws Exception {
        return gateway.get("/api/v1/namespaces/default/pods/" + pod)
                .at("/metadata/uid")
                .asString();
    }

    private static HttpResponse<String> asks(String credential, String account, String pod, String uid)
            throws Exception {
        return as(credential, "POST", ACCOUNTS + "/" + account + "/token", """
                {"spec":{"boundObjectRef":{"kind":"Pod","apiVersion":"v1","name":"%s","uid":"%s"}}}""".formatted(pod, uid));
    }

    private static JsonNode token(String account, String request) throws Exception {
        return json(gateway.send("POST", ACCOUNTS + "/" + account + "/token", request));
    }

    private static JsonNode review(String review) throws Exception {
        return json(gateway.send("POST", REVIEWS, review));
    }

    private static void bind(String account, String role) throws Exception {
        HttpResponse<String> bound = gateway.send(
                "POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings", """
                {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"%s"},
                 "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"%s"},
                 "subjects":[{"kind":"ServiceAccount","namespace":"default","name":"%s"}]}""".formatted(
                                account, role, account));
        assertThat(bound.statusCode()).as(bound.body()).isEqualTo(201);
    }

    private static HttpResponse<String> as(String token, String method, String path, String body) throws Exception {
        return gateway.send(
                gateway.request(path)
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                body == null
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                gateway.nobody());
    }

    private static JsonNode claims(String token) {
        return JsonMapper.shared().readTree(decoded(token.split("\\.", -1)[1]));
    }

    private static String decoded(String part) {
        return new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8);
    }

    private static String encoded(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static BigInteger number(JsonNode coordinate) {
        return new BigInteger(1, Base64.getUrlDecoder().decode(coordinate.asString()));
    }

    private static JsonNode json(HttpResponse<String> response) {
        return JsonMapper.shared().readTree(response.body());
    }

    private static String map(String name) {
        return "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"" + name + "\"}}";
    }
}
