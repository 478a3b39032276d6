package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Where a conversion webhook is found, whether it is trusted, and what it may answer. */
class ConversionCallsIT extends CronTabConversions {

    @BeforeAll
    static void start() throws Exception {
        gateway = RunningGateway.start(directory);
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
}
