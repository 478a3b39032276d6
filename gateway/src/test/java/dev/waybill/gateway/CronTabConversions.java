package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.gateway.state.StoredObject;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** CronTabs whose versions a webhook converts, and a gateway for a class of tests about them. */
@Timeout(600)
abstract class CronTabConversions {
    static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    @TempDir
    static Path directory;

    static RunningGateway gateway;

    @AfterAll
    static void stop() {
        gateway.close();
    }

    static UnaryOperator<ObjectNode> changed(Consumer<ObjectNode> change) {
        return review -> {
            ObjectNode answer = ConversionWebhook.converted(review);
            answer.at("/response/convertedObjects").forEach(each -> change.accept((ObjectNode) each));
            return answer;
        };
    }

    static ObjectNode metadata(ObjectNode object) {
        return (ObjectNode) object.path("metadata");
    }

    static ObjectNode failure(ObjectNode review, String message) {
        ObjectNode answer = ConversionWebhook.converted(review);
        ObjectNode response = (ObjectNode) answer.path("response");
        response.remove("convertedObjects");
        response.putObject("result").put("status", "Failed").put("message", message);
        return answer;
    }

    static String refusal(String path) throws Exception {
        JsonNode status = sent(500, "GET", path, "");
        assertThat(status.has("reason")).isFalse();
        return status.path("message").asString();
    }

    static JsonNode sent(int code, String method, String path, String body) throws Exception {
        HttpResponse<String> response = gateway.send(method, path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(code);
        return JsonMapper.shared().readTree(response.body());
    }

    static JsonNode patch(int code, String path, String type, String body) throws Exception {
        HttpResponse<String> response = gateway.send(gateway.request(path)
                .header("Content-Type", "application/" + type)
                .method("PATCH", HttpRequest.BodyPublishers.ofString(body))
                .build());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(code);
        return JsonMapper.shared().readTree(response.body());
    }

    static JsonNode apply(int code, String path, String manager, String body) throws Exception {
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

    static CompletableFuture<Void> watch(String path, BlockingQueue<JsonNode> events) {
        return gateway.adminClient()
                .sendAsync(gateway.request(path).build(), HttpResponse.BodyHandlers.ofLines())
                .thenAccept(response -> response.body()
                        .map(line -> JsonMapper.shared().readTree(line))
                        .forEach(events::add));
    }

    static String next(BlockingQueue<JsonNode> events) throws InterruptedException {
        JsonNode event = Objects.requireNonNull(events.poll(20, TimeUnit.SECONDS));
        return event.path("type").asString() + " "
                + event.at("/object/spec/hostPort").asString();
    }

    interface Work {
        Object call() throws Exception;
    }

    static void unchecked(Work work) {
        try {
            work.call();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static StoredObject stored(String group, String name) {
        return Objects.requireNonNull(gateway.image().get(new ResourceKey(group, "crontabs", "default", name)));
    }

    static String path(String group, String version) {
        return "/apis/" + group + "/" + version + "/namespaces/default/crontabs";
    }

    static String tab(String name, String spec) {
        return "{\"metadata\":{\"name\":\"" + name + "\"},\"spec\":{" + spec + "}}";
    }

    static void define(String group, ConversionWebhook webhook) throws Exception {
        define(group, client(webhook.url(), webhook.bundle()));
    }

    static void define(String group, String client) throws Exception {
        sent(201, "POST", DEFINITIONS, definition(group, client));
    }

    static void redefine(String group, String client) throws Exception {
        patch(
                200,
                DEFINITIONS + "/crontabs." + group,
                "merge-patch+json",
                "{\"spec\":{\"conversion\":{\"webhook\":{\"clientConfig\":" + client + "}}}}");
    }

    static String client(String url, String bundle) {
        return "{\"url\":\"" + url + "\",\"caBundle\":\"" + bundle + "\"}";
    }

    static String definition(String group, String client) {
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
