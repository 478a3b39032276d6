package dev.waybill.scheduler.disruption;

import static dev.waybill.scheduler.Objects.manifest;
import static dev.waybill.scheduler.Objects.object;
import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.scheduler.cluster.ClusterImage;
import dev.waybill.scheduler.cluster.ObjectView;
import dev.waybill.scheduler.cluster.PodView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The status of budgets, from pods and their controllers. */
class DisruptionControlTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:10:00Z");

    private final ClusterImage cluster = new ClusterImage();
    private final DisruptionControl control = new DisruptionControl(cluster);
    private final List<DesiredStateRequest> sent = new ArrayList<>();
    private long revision;

    @Test
    void aNumberOfPodsMustStay() {
        budget("'minAvailable':2", "");
        pods(3, 3);
        JsonNode status = status();
        assertThat(status.path("disruptionsAllowed").asInt()).isEqualTo(1);
        assertThat(status.path("currentHealthy").asInt()).isEqualTo(3);
        assertThat(status.path("desiredHealthy").asInt()).isEqualTo(2);
        assertThat(status.path("expectedPods").asInt()).isEqualTo(3);
        assertThat(status.at("/conditions/0/reason").asString()).isEqualTo("SufficientPods");
    }

    @Test
    void aPercentageIsOfWhatTheDeploymentWantsRoundedUp() {
        workload("deployments", "d", "'replicas':5", "");
        workload("replicasets", "rs", "'replicas':3", ",'ownerReferences':[{'uid':'d','controller':true}]");
        workload("replicasets", "old", "'replicas':2", ",'ownerReferences':[{'uid':'d','controller':true}]");
        budget("'minAvailable':'50%'", "");
        pods(3, 3);
        pod("o", "old", true, "");
        JsonNode status = status();
        assertThat(status.path("expectedPods").asInt())
                .as("one deployment behind both")
                .isEqualTo(5);
        assertThat(status.path("desiredHealthy").asInt()).isEqualTo(3);
        assertThat(status.path("disruptionsAllowed").asInt()).isEqualTo(1);
    }

    @Test
    void soManyMayBeMissingOfWhatAStatefulSetWants() {
        control.replay(object("statefulsets", "rs", ++revision, "{'spec':{'replicas':4}}"), false);
        budget("'maxUnavailable':1", "");
        pods(4, 3);
        JsonNode status = status();
        assertThat(status.path("desiredHealthy").asInt()).isEqualTo(3);
        assertThat(status.path("disruptionsAllowed").asInt()).isZero();
        assertThat(status.at("/conditions/0/reason").asString()).isEqualTo("InsufficientPods");
    }

    @Test
    void anEvictedPodCountsNoMoreUntilTwoMinutesHavePassed() {
        budget(
                "'minAvailable':1",
                ",'status':{'disruptedPods':{'p0':'2026-01-01T00:09:00Z','gone':'2026-01-01T00:09:00Z'}}");
        pods(2, 2);
        JsonNode status = status();
        assertThat(status.path("currentHealthy").asInt()).isEqualTo(1);
        assertThat(status.path("disruptedPods").path("p0").asString()).isNotEmpty();
        assertThat(status.path("disruptedPods").path("gone").isNull()).isTrue();
        control.tick();
        sent.clear();
        decide(NOW.plusSeconds(90));
        assertThat(manifest(sent.getLast()).at("/status/currentHealthy").asInt())
                .isEqualTo(2);
    }

    @Test
    void aStatusThatIsTrueIsNotWrittenAgain() {
        pods(1, 1);
        budget("'minAvailable':1", "");
        JsonNode status = status();
        sent.clear();
        budget("'minAvailable':1", ",'status':" + status.toString().replaceAll(",?\"disruptedPods\":null", ""));
        decide(NOW);
        assertThat(sent).isEmpty();
    }

    @Test
    void podsThatGoAndPodsOfOthersAreNoneOfIts() {
        budget("'minAvailable':1", "");
        pods(1, 1);
        pod("going", "rs", true, ",'deletionTimestamp':'2026-01-01T00:00:00Z'");
        ObjectView other = object("pods", "other", ++revision, "{'metadata':{'labels':{'app':'b'}}}");
        replay(other);
        assertThat(status().path("currentHealthy").asInt()).isEqualTo(1);
    }

    @Test
    void aSelectorThatNobodyCanReadSelectsNothing() {
        control.replay(
                object(
                        "poddisruptionbudgets",
                        "b",
                        ++revision,
                        "{'spec':{'minAvailable':1,'selector':{'matchExpressions':[{'key':'a','operator':'Like'}]}}}"),
                false);
        pods(1, 1);
        assertThat(status().path("expectedPods").asInt()).isZero();
    }

    private void budget(String spec, String more) {
        control.replay(
                object(
                        "poddisruptionbudgets",
                        "b",
                        ++revision,
                        "{'spec':{" + spec + ",'selector':{'matchLabels':{'app':'a'}}}" + more + "}"),
                false);
    }

    private void workload(String resource, String name, String spec, String metadata) {
        ObjectView workload = object(
                resource,
                name,
                ++revision,
                "{'metadata':{'name':'" + name + "'" + metadata + "},'spec':{" + spec + "}}");
        cluster.replay(workload, false);
        control.replayWorkload(workload);
    }

    private void pods(int count, int ready) {
        for (int i = 0; i < count; i++) {
            pod("p" + i, "rs", i < ready, "");
        }
    }

    private void pod(String name, String controller, boolean ready, String metadata) {
        replay(object(
                "pods",
                name,
                ++revision,
                "{'metadata':{'name':'" + name
                        + "','labels':{'app':'a'},'ownerReferences':[{'uid':'" + controller + "','controller':true}]"
                        + metadata
                        + "},'status':{'phase':'Running','conditions':[{'type':'Ready','status':'"
                        + (ready ? "True" : "False")
                        + "'}]}}"));
    }

    private void replay(ObjectView pod) {
        cluster.replay(pod, false);
        control.replayPod(PodView.of(pod), false);
    }

    private void decide(Instant now) {
        control.decide(uid -> true, (budget, request) -> sent.add(request), now);
    }

    private JsonNode status() {
        decide(NOW);
        return manifest(sent.getLast()).path("status");
    }
}
