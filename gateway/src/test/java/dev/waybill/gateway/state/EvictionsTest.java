package dev.waybill.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.PatchType;
import dev.waybill.events.PodStatusReported;
import dev.waybill.events.RequestOperation;
import dev.waybill.events.RequestOutcome;
import dev.waybill.events.catalog.Topics;
import dev.waybill.gateway.kinds.Json;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Evictions against budgets: what is counted down, and what nobody has to wait for. */
class EvictionsTest {
    private final WriterBench writer = new WriterBench();
    private long sequence;

    @BeforeEach
    void aNode() {
        writer.node("n1", 10);
    }

    @Test
    void aBudgetWithoutRoomAnswersTooManyRequestsAndSaysWhy() {
        running("p", true);
        budget("b", "", 0, 2, 2);
        RequestOutcome refused = evict("p", "{}");
        assertThat(refused.getCode()).isEqualTo(429);
        assertThat(refused.getReason()).isEqualTo("TooManyRequests");
        assertThat(refused.getMessage()).isEqualTo("Cannot evict pod as it would violate the pod's disruption budget.");
        assertThat(Json.parse(refused.getStatus()).at("/details/causes").toString())
                .isEqualTo("[{\"reason\":\"DisruptionBudget\",\"message\":"
                        + "\"The disruption budget b needs 2 healthy pods and has 2 currently\"}]");
        assertThat(writer.get("pods", "default", "p").deleting()).isFalse();
    }

    @Test
    void anEvictionTakesOneFromTheBudgetAndMarksThePod() {
        running("p", true);
        running("q", true);
        budget("b", "", 1, 2, 1);
        assertThat(evict("p", "{}").getCode()).isEqualTo(201);
        StoredObject pod = writer.get("pods", "default", "p");
        assertThat(pod.deleting()).isTrue();
        assertThat(pod.json().at("/status/conditions").toString())
                .contains("DisruptionTarget", "EvictionByEvictionAPI");
        StoredObject budget = budget("b");
        assertThat(budget.json().at("/status/disruptionsAllowed").asInt()).isZero();
        assertThat(budget.json().at("/status/disruptedPods").propertyNames()).containsExactly("p");
        assertThat(evict("q", "{}").getCode()).isEqualTo(429);
        assertThat(evict("p", "{}").getCode()).as("one that goes already").isEqualTo(201);
    }

    @Test
    void aBudgetThatItsControllerHasNotSeenYetAsksToComeBack() {
        running("p", true);
        budget("b", "", 1, 1, 0);
        StoredObject budget = budget("b");
        writer.patch(budget, PatchType.MERGE, "{\"spec\":{\"maxUnavailable\":2}}");
        RequestOutcome refused = evict("p", "{}");
        assertThat(refused.getCode()).isEqualTo(429);
        assertThat(Json.parse(refused.getStatus())
                        .at("/details/retryAfterSeconds")
                        .asInt())
                .isEqualTo(10);
    }

    @Test
    void podsThatAreNotReadyGoAsTheBudgetsPolicySays() {
        running("p", false);
        budget("b", "", 0, 1, 2);
        assertThat(evict("p", "{}").getCode()).as("the budget is not met").isEqualTo(429);
        writer.patch(budget("b"), PatchType.MERGE, "{\"spec\":{\"unhealthyPodEvictionPolicy\":\"AlwaysAllow\"}}");
        assertThat(evict("p", "{}").getCode()).isEqualTo(201);
        running("q", false);
        writer.delete(budget("b"), "{}");
        budget("c", "", 0, 2, 2);
        assertThat(evict("q", "{}").getCode())
                .as("the budget is met without it")
                .isEqualTo(201);
    }

    @Test
    void pendingPodsAndPodsOfNoBudgetGoAtOnce() {
        writer.create(manifest("p"));
        budget("b", "", 0, 0, 1);
        assertThat(evict("p", "{}").getCode()).isEqualTo(201);
        running("q", true);
        writer.delete(budget("b"), "{}");
        budget("other", "z", 0, 0, 1);
        assertThat(evict("q", "{}").getCode()).isEqualTo(201);
    }

    @Test
    void twoBudgetsForAPodAreMoreThanTheSubresourceCan() {
        running("p", true);
        budget("b", "", 1, 1, 0);
        budget("c", "", 1, 1, 0);
        assertThat(evict("p", "{}").getMessage())
                .isEqualTo("This pod has more than one PodDisruptionBudget, which the eviction subresource does not"
                        + " support.");
    }

    @Test
    void preconditionsOfTheDeletionHold() {
        running("p", true);
        assertThat(evict("p", "{\"preconditions\":{\"uid\":\"other\"}}").getReason())
                .isEqualTo("Conflict");
    }

    private void running(String name, boolean ready) {
        writer.create(manifest(name));
        writer.bind(name, "n1");
        StoredObject pod = writer.get("pods", "default", name);
        writer.event(
                Topics.POD_STATUS,
                PodStatusReported.newBuilder()
                        .setNodeName("n1")
                        .setNodeEpoch(1)
                        .setSequence(++sequence)
                        .setPodUid(pod.uid())
                        .setNamespace("default")
                        .setName(name)
                        .setStatus("{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\""
                                + (ready ? "True" : "False") + "\"}]}")
                        .build());
    }

    private static String manifest(String name) {
        return WriterBench.podManifest(name, "1m", ",\"labels\":{\"app\":\"a\"}");
    }

    private void budget(String name, String suffix, int allowed, int healthy, int desired) {
        writer.create("{\"apiVersion\":\"policy/v1\",\"kind\":\"PodDisruptionBudget\",\"metadata\":{\"name\":\"" + name
                + "\",\"namespace\":\"default\"},\"spec\":{\"maxUnavailable\":1,\"selector\":{\"matchLabels\":{\"app\":\"a"
                + suffix + "\"}}}}");
        writer.request(writer.about(RequestOperation.PATCH, budget(name))
                .setSubresource("status")
                .setPatchType(PatchType.MERGE)
                .setManifest("{\"status\":{\"observedGeneration\":1,\"disruptionsAllowed\":" + allowed
                        + ",\"currentHealthy\":" + healthy + ",\"desiredHealthy\":" + desired + "}}"));
    }

    private StoredObject budget(String name) {
        StoredObject budget = writer.image().get(new ResourceKey("policy", "poddisruptionbudgets", "default", name));
        assertThat(budget).isNotNull();
        return budget;
    }

    private RequestOutcome evict(String pod, String options) {
        return writer.request(writer.about(RequestOperation.CREATE, writer.get("pods", "default", pod))
                .setSubresource("eviction")
                .setManifest("{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\",\"metadata\":{\"name\":\"" + pod
                        + "\",\"namespace\":\"default\"},\"deleteOptions\":" + options + "}"));
    }
}
