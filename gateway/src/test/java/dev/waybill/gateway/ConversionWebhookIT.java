package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.gateway.state.StoredObject;
import java.net.InetAddress;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Kinds whose versions a webhook converts are read and changed in each of them. */
class ConversionWebhookIT extends CronTabConversions {

    @BeforeAll
    static void start() throws Exception {
        gateway = RunningGateway.start(directory);
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
}
