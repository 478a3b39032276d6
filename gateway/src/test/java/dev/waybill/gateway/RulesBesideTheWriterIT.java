package dev.waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOperation;
import dev.waybill.events.RequestOutcome;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.serde.Payload;
import dev.waybill.runtime.KafkaEventPublisher;
import dev.waybill.runtime.TraceContext;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Rules that cost as much as they may hold up those whom they concern, and nobody else. */
@Timeout(600)
class RulesBesideTheWriterIT {
    private static final String WEIGHTS = "/apis/rules.example.com/v1/namespaces/default/weights";
    private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

    /** A rule may take a million steps and all rules of an object ten million: each element with each, several times. */
    private static final int ELEMENTS = 230;

    private static final int RULES = 10;

    @RegisterExtension
    static final RunningGateway gateway = RunningGateway.ofClass("--waybill.gateway.rule-threads=2");

    private int made;

    @BeforeAll
    static void start() throws Exception {
        HttpResponse<String> defined =
                gateway.send("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition());
        assertThat(defined.statusCode()).as(defined.body()).isEqualTo(201);
        assertThat(gateway.send("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", """
                                {"metadata":{"name":"publisher"},
                                 "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"cluster-admin"},
                                 "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"system:publisher:local"}]}
                                """)
                        .statusCode())
                .isEqualTo(201);
    }

    @Test
    void othersAreAnsweredWhileRulesAreEvaluated() throws Exception {
        CompletableFuture<HttpResponse<String>> slow = async("POST", "", weight("slow", 1, 1), "json");
        int answered = 0;
        while (!slow.isDone()) {
            createConfigMap();
            answered += slow.isDone() ? 0 : 1;
        }
        assertThat(slow.get().statusCode()).as(slow.get().body()).isEqualTo(201);
        assertThat(answered)
                .as("created while one object was examined; in the writer's thread it would be one or two")
                .isGreaterThan(5);
    }

    @Test
    void aChangeThatComesBetweenIsWhatTheRulesAreHeldAgainst() throws Exception {
        HttpResponse<String> created = gateway.send("POST", WEIGHTS, weight("contended", 1, 1));
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        CompletableFuture<HttpResponse<String>> slow =
                async("PATCH", "/contended", weight("contended", 3, 2), "merge-patch+json");
        createConfigMap(); // the patch has come to the writer meanwhile
        HttpResponse<String> quick = async("PATCH", "/contended", "{\"spec\":{\"n\":5}}", "merge-patch+json")
                .get();
        assertThat(quick.statusCode()).as(quick.body()).isEqualTo(200);
        assertThat(slow)
                .as("the elements that did not change are not examined again")
                .isNotDone();
        assertThat(slow.get().statusCode()).isEqualTo(422);
        assertThat(slow.get().body()).contains("never less than before");
        assertThat(gateway.get(WEIGHTS + "/contended").at("/spec/n").asInt()).isEqualTo(5);
    }

    @Test
    void whatIsAppliedAndChangedElsewhereMeanwhileIsExaminedAgainAndDone() throws Exception {
        HttpResponse<String> created = gateway.send("POST", WEIGHTS, weight("applied", 1, 1));
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        String applied = weight("applied", 3, 3)
                .replaceFirst("\\{", "{\"apiVersion\":\"rules.example.com/v1\",\"kind\":\"Weight\",");
        CompletableFuture<HttpResponse<String>> slow =
                async("PATCH", "/applied?fieldManager=me&force=true", applied, "apply-patch+yaml");
        createConfigMap();
        HttpResponse<String> quick = async(
                        "PATCH", "/applied", "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}", "merge-patch+json")
                .get();
        assertThat(quick.statusCode()).as(quick.body()).isEqualTo(200);
        assertThat(slow.get().statusCode()).as(slow.get().body()).isEqualTo(200);
        var now = gateway.get(WEIGHTS + "/applied");
        assertThat(now.at("/spec/n").asInt()).isEqualTo(3);
        assertThat(now.at("/metadata/labels/a").asString()).isEqualTo("b");
    }

    @Test
    void whatAPublisherAsksStaysInItsOrderAndHoldsUpNobodyElse() throws Exception {
        publish("first", RequestOperation.CREATE, namespaced(weight("published", 1, 1)));
        publish("second", RequestOperation.UPDATE, namespaced(weight("published", 2, 1)));
        publish("third", RequestOperation.UPDATE, namespaced(weight("published", 1, 1)));
        int answered = 0;
        while (gateway.image().list("rules.example.com", "weights", "default").stream()
                .noneMatch(each -> each.name().equals("published"))) {
            createConfigMap();
            answered++;
        }
        assertThat(answered).isGreaterThan(5);
        assertThat(outcome("first").getCode()).isEqualTo(201);
        assertThat(outcome("second").getCode()).isEqualTo(200);
        assertThat(outcome("third").getMessage()).contains("never less than before");
    }

    private void createConfigMap() throws Exception {
        HttpResponse<String> created = gateway.send(
                "POST",
                CONFIG_MAPS,
                "{\"metadata\":{\"generateName\":\"other-\"},\"data\":{\"n\":\"" + made++ + "\"}}");
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
    }

    private static CompletableFuture<HttpResponse<String>> async(String method, String path, String body, String type) {
        return gateway.admin()
                .sendAsync(
                        gateway.request(WEIGHTS + path)
                                .header("Content-Type", "application/" + type)
                                .method(method, HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        BodyHandlers.ofString());
    }

    private static void publish(String id, RequestOperation operation, String manifest) {
        try (KafkaEventPublisher publisher = new KafkaEventPublisher(gateway.connection(), "local")) {
            DesiredStateRequest request = DesiredStateRequest.newBuilder()
                    .setOperation(operation)
                    .setManifest(manifest)
                    .build();
            publisher.publish(Topics.requestsOf("local"), "", request, TraceContext.newRoot(), id);
            publisher.flush();
        }
    }

    /** What came of a publisher's request, once it is a fact. */
    private static RequestOutcome outcome(String id) {
        try (KafkaConsumer<String, Payload> consumer =
                new KafkaConsumer<>(gateway.connection().consumer())) {
            TopicPartition outcomes = new TopicPartition(Topics.OUTCOMES.name(), 0);
            consumer.assign(List.of(outcomes));
            consumer.seekToBeginning(List.of(outcomes));
            while (true) {
                for (ConsumerRecord<String, Payload> record : consumer.poll(Duration.ofMillis(200))) {
                    if (((Payload.Known) record.value()).event() instanceof RequestOutcome outcome
                            && outcome.getRequestId().equals(id)) {
                        return outcome;
                    }
                }
            }
        }
    }

    private static String namespaced(String weight) {
        return weight.replaceFirst("\\{", "{\"apiVersion\":\"rules.example.com/v1\",\"kind\":\"Weight\",")
                .replace("\"metadata\":{", "\"metadata\":{\"namespace\":\"default\",");
    }

    /** @param element what its elements are, all of them */
    private static String weight(String name, int n, int element) {
        return "{\"metadata\":{\"name\":\"" + name + "\"},\"spec\":{\"n\":" + n + ",\"elements\":"
                + Collections.nCopies(ELEMENTS, element) + "}}";
    }

    private static String definition() {
        List<String> rules = new ArrayList<>();
        for (int i = 0; i < RULES; i++) {
            rules.add("{\"rule\":\"self.all(x, self.all(y, x + y > " + i + " - 100))\"}");
        }
        return """
                {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
                 "metadata":{"name":"weights.rules.example.com"},
                 "spec":{"group":"rules.example.com","scope":"Namespaced","names":{"plural":"weights","kind":"Weight"},
                  "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object",
                   "properties":{"spec":{"type":"object",
                    "x-kubernetes-validations":[{"rule":"self.n >= oldSelf.n","message":"never less than before"}],
                    "properties":{"n":{"type":"integer"},
                     "elements":{"type":"array","maxItems":%d,"items":{"type":"integer"},
                      "x-kubernetes-validations":%s}}}}}}}]}}""".formatted(ELEMENTS, rules);
    }
}
