package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.gateway.state.StoredObject;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Kinds whose versions a webhook converts, over HTTP and by kubectl. */
@Timeout(600)
class ConversionWebhookIT {
    private static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    @TempDir
    static Path directory;

    private static RunningGateway gateway;

    @BeforeAll
    static void start() throws Exception {
        gateway = RunningGateway.start(directory);
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @Test
    void objectsAreStoredInOneVersionAndServedInEach() throws Exception {
        try (ConversionWebhook webhook = new ConversionWebhook(InetAddress.getLoopbackAddress())) {
            define("both.example.com", webhook);
            String old = path("both.example.com", "v1beta1");
            JsonNode created = sent(201, "POST", old, tab("a", "\"hostPort\":\"first:80\""));
            assertThat(created.path("apiVersion").asString()).isEqualTo("both.example.com/v1beta1");
            assertThat(created.path("spec").toString()).isEqualTo("{\"replicas\":1,\"hostPort\":\"first:80\"}");
            assertThat(created.at("/metadata/managedFields/0/apiVersion").asString())
                    .isEqualTo("both.example.com/v1beta1");
            StoredObject stored = stored("both.example.com", "a");
            assertThat(stored.json().path("apiVersion").asString()).isEqualTo("both.example.com/v1");
            assertThat(stored.json().path("spec").toString())
                    .isEqualTo("{\"replicas\":1,\"host\":\"first\",\"port\":\"80\"}");

            sent(201, "POST", path("both.example.com", "v1"), tab("b", "\"host\":\"second\",\"port\":\"81\""));
            webhook.requests.clear();
            JsonNode list = gateway.get(old);
            assertThat(list.path("items").findValuesAsString("hostPort")).containsExactly("first:80", "second:81");
            assertThat(list.path("apiVersion").asString()).isEqualTo("both.example.com/v1beta1");
            assertThat(webhook.requests).hasSize(1);
            assertThat(gateway.get(old + "?limit=1").path("items")).hasSize(1);
            assertThat(webhook.requests.getLast().path("request").path("objects"))
                    .hasSize(1);
            webhook.requests.clear();
            assertThat(gateway.get(path("both.example.com", "v1")).path("items").findValuesAsString("host"))
                    .containsExactly("first", "second");
            assertThat(webhook.requests).as("nothing to convert").isEmpty();
            assertThat(gateway.get(old + "/b").at("/spec/hostPort").asString()).isEqualTo("second:81");

            assertThat(sent(
                                    201,
                                    "POST",
                                    old,
                                    "{\"metadata\":{\"generateName\":\"made-\"},\"spec\":{\"hostPort\":\"m:1\"}}")
                            .at("/metadata/name")
                            .asString())
                    .startsWith("made-");
            JsonNode wrong = sent(422, "POST", old, tab("c", "\"hostPort\":7"));
            assertThat(wrong.path("message").asString()).contains("spec.hostPort");
            assertThat(sent(201, "POST", old + "?dryRun=All", tab("c", "\"hostPort\":\"x:1\""))
                            .at("/spec/hostPort")
                            .asString())
                    .isEqualTo("x:1");
            assertThat(gateway.send("GET", old + "/c", "").statusCode()).isEqualTo(404);
            assertThat(sent(200, "DELETE", old + "/b", "").path("status").asString())
                    .isEqualTo("Success");
        }
    }

    @Test
    void changesAreMadeInTheVersionOfTheirCaller() throws Exception {
        try (ConversionWebhook webhook = new ConversionWebhook(InetAddress.getLoopbackAddress())) {
            define("change.example.com", webhook);
            String old = path("change.example.com", "v1beta1") + "/a";
            sent(201, "POST", path("change.example.com", "v1beta1"), tab("a", "\"hostPort\":\"one:1\""));

            JsonNode updated = sent(200, "PUT", old, tab("a", "\"hostPort\":\"two:2\""));
            assertThat(updated.at("/spec/hostPort").asString()).isEqualTo("two:2");
            assertThat(updated.at("/metadata/generation").asInt()).isEqualTo(2);
            JsonNode patched = patch(200, old, "merge-patch+json", "{\"spec\":{\"hostPort\":\"three:3\"}}");
            assertThat(patched.at("/spec/hostPort").asString()).isEqualTo("three:3");
            patch(
                    200,
                    old,
                    "json-patch+json",
                    "[{\"op\":\"replace\",\"path\":\"/spec/hostPort\",\"value\":\"four:4\"}]");
            assertThat(stored("change.example.com", "a").json().path("spec").toString())
                    .isEqualTo("{\"replicas\":1,\"host\":\"four\",\"port\":\"4\"}");
            patch(
                    200,
                    old + "/status",
                    "merge-patch+json",
                    "{\"status\":{\"replicas\":9},\"spec\":{\"hostPort\":\"no\"}}");
            patch(200, old + "/scale", "merge-patch+json", "{\"spec\":{\"replicas\":5}}");
            assertThat(gateway.get(old + "/scale").at("/spec/replicas").asInt()).isEqualTo(5);
            JsonNode now = gateway.get(old);
            assertThat(now.at("/spec/hostPort").asString()).isEqualTo("four:4");
            assertThat(now.at("/status/replicas").asInt()).isEqualTo(9);
            assertThat(now.at("/spec/replicas").asInt()).isEqualTo(5);

            String revision = now.at("/metadata/resourceVersion").asString();
            assertThat(sent(200, "PUT", old, now.toString())
                            .at("/metadata/resourceVersion")
                            .asString())
                    .as("the same again is no change")
                    .isEqualTo(revision);
            ObjectNode stale = (ObjectNode) now.deepCopy();
            ((ObjectNode) stale.path("metadata")).put("resourceVersion", "1");
            assertThat(sent(409, "PUT", old, stale.toString()).path("message").asString())
                    .isEqualTo("Operation cannot be fulfilled on crontabs.change.example.com \"a\": the object has been"
                            + " modified; please apply your changes to the latest version and try again");
        }
    }

    @Test
    void aChangeThatIsOvertakenIsMadeAgain() throws Exception {
        try (ConversionWebhook webhook = new ConversionWebhook(InetAddress.getLoopbackAddress())) {
            define("race.example.com", webhook);
            sent(201, "POST", path("race.example.com", "v1"), tab("a", "\"host\":\"h\",\"port\":\"1\""));
            CountDownLatch overtaken = new CountDownLatch(1);
            webhook.answer = review -> {
                if (review.at("/request/desiredAPIVersion").asString().endsWith("/v1") && overtaken.getCount() > 0) {
                    overtaken.countDown();
                    unchecked(() -> patch(
                            200,
                            path("race.example.com", "v1") + "/a",
                            "merge-patch+json",
                            "{\"metadata\":{\"labels\":{\"faster\":\"yes\"}}}"));
                }
                return ConversionWebhook.converted(review);
            };
            patch(
                    200,
                    path("race.example.com", "v1beta1") + "/a",
                    "merge-patch+json",
                    "{\"spec\":{\"hostPort\":\"h:2\"}}");
            JsonNode both = stored("race.example.com", "a").json();
            assertThat(both.at("/spec/port").asString()).isEqualTo("2");
            assertThat(both.at("/metadata/labels/faster").asString()).isEqualTo("yes");
        }
    }

    @Test
    void appliersOwnFieldsInTheirOwnVersions() throws Exception {
        try (ConversionWebhook webhook = new ConversionWebhook(InetAddress.getLoopbackAddress())) {
            define("own.example.com", webhook);
            String old = path("own.example.com", "v1beta1") + "/a";
            String now = path("own.example.com", "v1") + "/a";
            apply(
                    201,
                    old,
                    "first",
                    tab("a", "\"hostPort\":\"one:1\"").replace("{\"name", "{\"labels\":{\"x\":\"y\"},\"name"));
            apply(200, now, "second", tab("a", "\"replicas\":3"));
            JsonNode conflict = apply(409, now, "second", tab("a", "\"host\":\"other\",\"replicas\":3"));
            assertThat(conflict.path("message").asString()).contains("conflict with \"first\": .spec.hostPort");
            JsonNode kept = apply(200, old, "first", tab("a", "\"hostPort\":\"one:1\""));
            assertThat(kept.path("metadata").has("labels")).as("given up").isFalse();
            assertThat(kept.at("/spec/replicas").asInt()).as("another's").isEqualTo(3);
            JsonNode forced = apply(200, now + "?force=true", "second", tab("a", "\"host\":\"other\",\"replicas\":3"));
            assertThat(forced.at("/spec/host").asString()).isEqualTo("other");
            assertThat(forced.at("/metadata/managedFields").toString())
                    .contains("own.example.com/v1\"")
                    .doesNotContain("f:hostPort");
        }
    }

    @Test
    void whenAnotherVersionIsStoredObjectsMoveWithTheirNextChange() throws Exception {
        try (ConversionWebhook webhook = new ConversionWebhook(InetAddress.getLoopbackAddress())) {
            define("moved.example.com", webhook);
            String old = path("moved.example.com", "v1beta1") + "/a";
            sent(201, "POST", path("moved.example.com", "v1"), tab("a", "\"host\":\"h\",\"port\":\"1\""));
            patch(200, DEFINITIONS + "/crontabs.moved.example.com", "json-patch+json", """
                    [{"op":"replace","path":"/spec/versions/0/storage","value":false},
                     {"op":"replace","path":"/spec/versions/1/storage","value":true}]""");
            assertThat(gateway.get(old).at("/spec/hostPort").asString()).isEqualTo("h:1");
            webhook.requests.clear();
            JsonNode unmoved = gateway.get(path("moved.example.com", "v1") + "/a");
            assertThat(unmoved.at("/spec/host").asString()).isEqualTo("h");
            assertThat(webhook.requests).as("still stored as it was").isEmpty();
            patch(200, old, "merge-patch+json", "{\"metadata\":{\"labels\":{\"moved\":\"yes\"}}}");
            StoredObject stored = stored("moved.example.com", "a");
            assertThat(stored.kind().apiVersion()).isEqualTo("moved.example.com/v1beta1");
            assertThat(stored.json().at("/spec/hostPort").asString()).isEqualTo("h:1");
            assertThat(stored.generation()).isEqualTo(1);
            assertThat(gateway.get(path("moved.example.com", "v1") + "/a")
                            .at("/spec/port")
                            .asString())
                    .isEqualTo("1");
        }
    }

    @Test
    void watchesShowWhatChangesInTheirVersion() throws Exception {
        try (ConversionWebhook webhook = new ConversionWebhook(InetAddress.getLoopbackAddress())) {
            define("watch.example.com", webhook);
            String old = path("watch.example.com", "v1beta1");
            sent(201, "POST", path("watch.example.com", "v1"), tab("a", "\"host\":\"h\",\"port\":\"1\""));
            BlockingQueue<JsonNode> events = new LinkedBlockingQueue<>();
            CompletableFuture<Void> watch = watch(old + "?watch=true", events);
            assertThat(next(events)).isEqualTo("ADDED h:1");
            BlockingQueue<JsonNode> others = new LinkedBlockingQueue<>();
            watch(old + "?watch=true", others);
            assertThat(next(others)).isEqualTo("ADDED h:1");
            assertThat(webhook.requests).as("shown before").hasSize(1);
            patch(200, path("watch.example.com", "v1") + "/a", "merge-patch+json", "{\"spec\":{\"port\":\"2\"}}");
            assertThat(next(events)).isEqualTo("MODIFIED h:2");
            assertThat(next(others)).isEqualTo("MODIFIED h:2");
            assertThat(webhook.requests).as("once for both").hasSize(2);
            webhook.answer = review -> failure(review, "no more");
            patch(200, path("watch.example.com", "v1") + "/a", "merge-patch+json", "{\"spec\":{\"port\":\"3\"}}");
            JsonNode error = Objects.requireNonNull(events.poll(20, TimeUnit.SECONDS));
            assertThat(error.path("type").asString()).isEqualTo("ERROR");
            assertThat(error.at("/object/message").asString())
                    .isEqualTo("conversion webhook for watch.example.com/v1, Kind=CronTab failed: no more");
            watch.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void whatAWebhookMayNotAnswerIsAFailure() throws Exception {
        try (ConversionWebhook webhook = new ConversionWebhook(InetAddress.getLoopbackAddress())) {
            define("bad.example.com", webhook);
            String old = path("bad.example.com", "v1beta1") + "/a";
            sent(201, "POST", path("bad.example.com", "v1"), tab("a", "\"host\":\"h\""));
            String subject = "conversion webhook for bad.example.com/v1, Kind=CronTab ";
            webhook.answer = review -> failure(review, "cannot do that");
            assertThat(refusal(old)).isEqualTo(subject + "failed: cannot do that");
            webhook.answer = review -> failure(review, "");
            assertThat(refusal(old)).isEqualTo(subject + "failed: response.result.status was 'Failed', not 'Success'");
            webhook.answer = changed(object -> object.put("apiVersion", "bad.example.com/v7"));
            assertThat(refusal(old))
                    .isEqualTo(subject + "returned invalid object at index 0: invalid groupVersion (expected"
                            + " bad.example.com/v1beta1, received bad.example.com/v7)");
            webhook.answer = changed(object -> object.put("kind", "Other"));
            assertThat(refusal(old))
                    .isEqualTo(subject + "returned invalid object at index 0: invalid kind (expected CronTab, received"
                            + " Other)");
            webhook.answer = changed(object -> metadata(object).put("name", "b"));
            assertThat(refusal(old)).isEqualTo(subject + "returned invalid object: must have the same name: a != b");
            webhook.answer = changed(object -> object.remove("metadata"));
            assertThat(refusal(old)).startsWith(subject + "returned invalid object: must have the same name: a != ");
            webhook.answer =
                    changed(object -> metadata(object).putObject("labels").put("a b", "c"));
            assertThat(refusal(old)).startsWith(subject + "returned invalid metadata: metadata.labels: Invalid value");
            webhook.answer = review -> {
                ObjectNode answer = ConversionWebhook.converted(review);
                ((ArrayNode) answer.at("/response/convertedObjects")).removeAll();
                return answer;
            };
            assertThat(refusal(old)).isEqualTo(subject + "returned 0 objects, expected 1");
            webhook.answer = review -> {
                ObjectNode answer = ConversionWebhook.converted(review);
                ((ObjectNode) answer.path("response")).put("uid", "other");
                return answer;
            };
            assertThat(refusal(old))
                    .contains("failed: expected response.uid=\"")
                    .endsWith("\", got \"other\"");
            webhook.answer = review -> ConversionWebhook.converted(review).put("apiVersion", "v1");
            assertThat(refusal(old))
                    .isEqualTo(subject + "failed: expected webhook response of apiextensions.k8s.io/v1,"
                            + " Kind=ConversionReview, got v1, Kind=ConversionReview");
            webhook.answer = ConversionWebhook::converted;
            webhook.status = 500;
            assertThat(refusal(old))
                    .startsWith(subject + "failed: an error on the server (")
                    .endsWith("has prevented the request from succeeding");
            webhook.status = 404;
            assertThat(refusal(old)).isEqualTo(subject + "failed: the server could not find the requested resource");
            webhook.status = 200;
            webhook.answer = changed(object -> {
                metadata(object).put("uid", metadata(object).path("uid").asString());
                metadata(object).putArray("finalizers").add("example.com/sneaked");
                metadata(object).putObject("annotations").put("told", "yes");
            });
            JsonNode shown = sent(200, "GET", old, "");
            assertThat(shown.at("/metadata/annotations/told").asString()).isEqualTo("yes");
            assertThat(shown.path("metadata").has("finalizers")).isFalse();
            webhook.answer = review -> failure(review, "not now");
            assertThat(sent(500, "PUT", old, tab("a", "\"hostPort\":\"h:9\""))
                            .path("message")
                            .asString())
                    .contains("not now");
            assertThat(stored("bad.example.com", "a").json().at("/spec/port").isMissingNode())
                    .isTrue();
        }
    }

    @Test
    void aWebhookIsToBeTrustedAndReached() throws Exception {
        try (ConversionWebhook webhook = new ConversionWebhook(InetAddress.getLoopbackAddress());
                ConversionWebhook other = new ConversionWebhook(InetAddress.getLoopbackAddress())) {
            define("trust.example.com", client(webhook.url(), other.bundle()));
            sent(201, "POST", path("trust.example.com", "v1"), tab("a", "\"host\":\"h\""));
            String old = path("trust.example.com", "v1beta1") + "/a";
            assertThat(refusal(old))
                    .isEqualTo("conversion webhook for trust.example.com/v1, Kind=CronTab failed: Post \""
                            + webhook.url() + "?timeout=30s\": tls: failed to verify certificate: x509: certificate"
                            + " signed by unknown authority");
            assertThat(webhook.requests).isEmpty();
            redefine("trust.example.com", client(webhook.url(), webhook.bundle()));
            assertThat(sent(200, "GET", old, "").at("/spec/hostPort").asString())
                    .isEqualTo("h");
            redefine("trust.example.com", client("https://127.0.0.1:1/convert", webhook.bundle()));
            assertThat(refusal(old)).contains("dial tcp 127.0.0.1:1: connect: connection refused");
        }
    }

    @Test
    void aServiceIsReachedAtItsReadyEndpoints() throws Exception {
        InetAddress address = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(each -> each instanceof Inet4Address && !each.isLoopbackAddress())
                .findFirst()
                .orElse(null);
        Assumptions.assumeTrue(address != null, "SKIPPED: no address but the loopback's");
        try (ConversionWebhook webhook = new ConversionWebhook(address, "hook.default.svc")) {
            define(
                    "service.example.com",
                    "{\"service\":{\"namespace\":\"default\",\"name\":\"hook\",\"path\":\"/convert\"},\"caBundle\":\""
                            + webhook.bundle() + "\"}");
            sent(201, "POST", path("service.example.com", "v1"), tab("a", "\"host\":\"h\""));
            String old = path("service.example.com", "v1beta1") + "/a";
            String prefix = "conversion webhook for service.example.com/v1, Kind=CronTab failed: Post"
                    + " \"https://hook.default.svc:443/convert?timeout=30s\": ";
            assertThat(refusal(old)).isEqualTo(prefix + "service \"hook\" not found");
            sent(
                    201,
                    "POST",
                    "/api/v1/namespaces/default/services",
                    "{\"metadata\":{\"name\":\"hook\"},\"spec\":{\"ports\":[{\"name\":\"https\",\"port\":443}]}}");
            assertThat(refusal(old)).isEqualTo(prefix + "no endpoints available for service \"hook\"");
            sent(201, "POST", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", """
                    {"metadata":{"name":"hook-1","labels":{"kubernetes.io/service-name":"hook"}},
                     "addressType":"IPv4","ports":[{"name":"https","port":%d}],
                     "endpoints":[{"addresses":["192.0.2.1"],"conditions":{"ready":false}},
                      {"addresses":["%s"],"conditions":{"ready":true}}]}""".formatted(
                            webhook.port(), address.getHostAddress()));
            assertThat(sent(200, "GET", old, "").at("/spec/hostPort").asString())
                    .isEqualTo("h");
            try (ConversionWebhook misnamed = new ConversionWebhook(address, "other.default.svc")) {
                redefine(
                        "service.example.com",
                        "{\"service\":{\"namespace\":\"default\",\"name\":\"hook\",\"path\":\"/convert\"},\"caBundle\":\""
                                + misnamed.bundle() + "\"}");
                patch(
                        200,
                        "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/hook-1",
                        "merge-patch+json",
                        "{\"ports\":[{\"name\":\"https\",\"port\":" + misnamed.port() + "}]}");
                assertThat(refusal(old))
                        .endsWith("x509: certificate is valid for other.default.svc, not hook.default.svc");
            }
        }
    }

    @Test
    void nobodyElseWaitsForASlowWebhook() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        try (ConversionWebhook webhook = new ConversionWebhook(InetAddress.getLoopbackAddress())) {
            define("slow.example.com", webhook);
            sent(201, "POST", path("slow.example.com", "v1"), tab("a", "\"host\":\"h\""));
            webhook.answer = review -> {
                asked.countDown();
                unchecked(() -> go.await(60, TimeUnit.SECONDS));
                return ConversionWebhook.converted(review);
            };
            CompletableFuture<JsonNode> slow = CompletableFuture.supplyAsync(() -> {
                try {
                    return sent(
                            200, "PUT", path("slow.example.com", "v1beta1") + "/a", tab("a", "\"hostPort\":\"h:2\""));
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
            sent(201, "POST", "/api/v1/namespaces/default/configmaps", "{\"metadata\":{\"name\":\"meanwhile\"}}");
            sent(200, "GET", "/api/v1/namespaces/default/configmaps/meanwhile", "");
            sent(200, "GET", path("slow.example.com", "v1") + "/a", "");
            HttpResponse<String> impatient =
                    gateway.send("GET", path("slow.example.com", "v1beta1") + "/a?timeout=300ms", "");
            assertThat(impatient.statusCode()).isEqualTo(504);
            assertThat(slow).isNotDone();
            go.countDown();
            assertThat(slow.get(20, TimeUnit.SECONDS).at("/spec/hostPort").asString())
                    .isEqualTo("h:2");
        }
    }

    @Test
    void kubectlMovesAKindToANewVersion() throws Exception {
        Kubectl kubectl =
                Kubectl.find("kubectl", directory, gateway.kubeconfig()).orElse(null);
        Assumptions.assumeTrue(kubectl != null, "SKIPPED: no kubectl");
        try (ConversionWebhook webhook = new ConversionWebhook(InetAddress.getLoopbackAddress())) {
            define("story.example.com", webhook);
            String old = """
                    apiVersion: story.example.com/v1beta1
                    kind: CronTab
                    metadata: {name: mine}
                    spec: {hostPort: 'here:80'}
                    """;
            assertThat(kubectl.attempt(old, "apply", "-f", "-").output()).contains("created");
            assertThat(kubectl.attempt(old.replace("80", "81"), "apply", "-f", "-")
                            .output())
                    .contains("configured");
            assertThat(kubectl.attempt(old.replace("80", "81"), "apply", "-f", "-")
                            .output())
                    .contains("unchanged");
            assertThat(kubectl.run("get", "crontabs.v1.story.example.com", "mine", "-o", "jsonpath={.spec}"))
                    .isEqualTo("{\"host\":\"here\",\"port\":\"81\",\"replicas\":1}");
            assertThat(kubectl.run("get", "crontabs.v1beta1.story.example.com"))
                    .containsPattern("NAME +HOST")
                    .contains("here:81");
            kubectl.run(
                    "patch",
                    "crontabs.v1.story.example.com",
                    "mine",
                    "--type=merge",
                    "-p",
                    "{\"spec\":{\"port\":\"82\"}}");
            assertThat(kubectl.attempt(
                                    old.replace("80", "83"), "apply", "--server-side", "--force-conflicts", "-f", "-")
                            .output())
                    .contains("serverside-applied");
            assertThat(kubectl.run("get", "crontabs.v1.story.example.com", "mine", "-o", "jsonpath={.spec.port}"))
                    .isEqualTo("83");
            assertThat(kubectl.run("scale", "crontabs.v1beta1.story.example.com/mine", "--replicas=4"))
                    .contains("scaled");
            webhook.answer = review -> failure(review, "out of order");
            assertThat(kubectl.attempt("", "get", "crontabs.v1beta1.story.example.com", "mine")
                            .output())
                    .contains("Error from server: conversion webhook for story.example.com/v1, Kind=CronTab failed: out"
                            + " of order");
            webhook.answer = ConversionWebhook::converted;
            assertThat(kubectl.run("delete", "crontabs.v1beta1.story.example.com", "mine"))
                    .contains("deleted");
        }
    }

    private static UnaryOperator<ObjectNode> changed(Consumer<ObjectNode> change) {
        return review -> {
            ObjectNode answer = ConversionWebhook.converted(review);
            answer.at("/response/convertedObjects").forEach(each -> change.accept((ObjectNode) each));
            return answer;
        };
    }

    private static ObjectNode metadata(ObjectNode object) {
        return (ObjectNode) object.path("metadata");
    }

    private static ObjectNode failure(ObjectNode review, String message) {
        ObjectNode answer = ConversionWebhook.converted(review);
        ObjectNode response = (ObjectNode) answer.path("response");
        response.remove("convertedObjects");
        response.putObject("result").put("status", "Failed").put("message", message);
        return answer;
    }

    private static String refusal(String path) throws Exception {
        JsonNode status = sent(500, "GET", path, "");
        assertThat(status.has("reason")).isFalse();
        return status.path("message").asString();
    }

    private static JsonNode sent(int code, String method, String path, String body) throws Exception {
        HttpResponse<String> response = gateway.send(method, path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(code);
        return JsonMapper.shared().readTree(response.body());
    }

    private static JsonNode patch(int code, String path, String type, String body) throws Exception {
        HttpResponse<String> response = gateway.send(gateway.request(path)
                .header("Content-Type", "application/" + type)
                .method("PATCH", HttpRequest.BodyPublishers.ofString(body))
                .build());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(code);
        return JsonMapper.shared().readTree(response.body());
    }

    private static JsonNode apply(int code, String path, String manager, String body) throws Exception {
        String version = path.split("/", -1)[3];
        String group = path.split("/", -1)[2];
        String manifest =
                body.replaceFirst("\\{", "{\"apiVersion\":\"" + group + "/" + version + "\",\"kind\":\"CronTab\",");
        return patch(
                code,
                path + (path.contains("?") ? "&" : "?") + "fieldManager=" + manager,
                "apply-patch+yaml",
                manifest);
    }

    private static CompletableFuture<Void> watch(String path, BlockingQueue<JsonNode> events) {
        return gateway.adminClient()
                .sendAsync(gateway.request(path).build(), HttpResponse.BodyHandlers.ofLines())
                .thenAccept(response -> response.body()
                        .map(line -> JsonMapper.shared().readTree(line))
                        .forEach(events::add));
    }

    private static String next(BlockingQueue<JsonNode> events) throws InterruptedException {
        JsonNode event = Objects.requireNonNull(events.poll(20, TimeUnit.SECONDS));
        return event.path("type").asString() + " "
                + event.at("/object/spec/hostPort").asString();
    }

    private interface Work {
        Object call() throws Exception;
    }

    private static void unchecked(Work work) {
        try {
            work.call();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static StoredObject stored(String group, String name) {
        return Objects.requireNonNull(gateway.image().get(new ResourceKey(group, "crontabs", "default", name)));
    }

    private static String path(String group, String version) {
        return "/apis/" + group + "/" + version + "/namespaces/default/crontabs";
    }

    private static String tab(String name, String spec) {
        return "{\"metadata\":{\"name\":\"" + name + "\"},\"spec\":{" + spec + "}}";
    }

    private static void define(String group, ConversionWebhook webhook) throws Exception {
        define(group, client(webhook.url(), webhook.bundle()));
    }

    private static void define(String group, String client) throws Exception {
        sent(201, "POST", DEFINITIONS, definition(group, client));
    }

    private static void redefine(String group, String client) throws Exception {
        patch(
                200,
                DEFINITIONS + "/crontabs." + group,
                "merge-patch+json",
                "{\"spec\":{\"conversion\":{\"webhook\":{\"clientConfig\":" + client + "}}}}");
    }

    private static String client(String url, String bundle) {
        return "{\"url\":\"" + url + "\",\"caBundle\":\"" + bundle + "\"}";
    }

    private static String definition(String group, String client) {
        return """
                {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
                 "metadata":{"name":"crontabs.GROUP"},
                 "spec":{"group":"GROUP","scope":"Namespaced","names":{"plural":"crontabs","kind":"CronTab"},
                  "conversion":{"strategy":"Webhook","webhook":{"conversionReviewVersions":["v1","v1beta1"],
                   "clientConfig":CLIENT}},
                  "versions":[
                   {"name":"v1","served":true,"storage":true,SUBRESOURCES,
                    "schema":{"openAPIV3Schema":{"type":"object","properties":{
                     "spec":{"type":"object","properties":{"host":{"type":"string"},"port":{"type":"string"},
                      "replicas":{"type":"integer","default":1}}},STATUS}}}},
                   {"name":"v1beta1","served":true,"storage":false,SUBRESOURCES,
                    "additionalPrinterColumns":[{"name":"Host","type":"string","jsonPath":".spec.hostPort"}],
                    "schema":{"openAPIV3Schema":{"type":"object","properties":{
                     "spec":{"type":"object","properties":{"hostPort":{"type":"string"},
                      "replicas":{"type":"integer","default":1}}},STATUS}}}}]}}
                """.replace("GROUP", group)
                .replace("CLIENT", client)
                .replace(
                        "SUBRESOURCES",
                        "\"subresources\":{\"status\":{},\"scale\":{\"specReplicasPath\":\".spec.replicas\","
                                + "\"statusReplicasPath\":\".status.replicas\"}}")
                .replace(
                        "STATUS",
                        "\"status\":{\"type\":\"object\",\"properties\":{\"replicas\":{\"type\":\"integer\"}}}");
    }
}
