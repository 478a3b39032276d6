package dev.waybill.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.PodBound;
import dev.waybill.events.PodUnschedulable;
import dev.waybill.runtime.TraceContext;
import dev.waybill.scheduler.cluster.ObjectView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Facts in, decisions out, on plain data. */
class SchedulerTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private static final String NODE = """
            {"metadata":{"name":"%s"},"spec":{%s},"status":{"allocatable":{"cpu":"%s","memory":"1Gi","pods":"10"},
             "conditions":[{"type":"Ready","status":"%s"}]}}""";

    private final List<DesiredStateRequest> requests = new ArrayList<>();
    private final List<String> ids = new ArrayList<>();
    private final List<PodBound> bound = new ArrayList<>();
    private final List<PodUnschedulable> unschedulable = new ArrayList<>();
    private final Scheduler scheduler = new Scheduler(
            new Scheduler.Decisions() {
                @Override
                public void request(String id, DesiredStateRequest request, TraceContext trace) {
                    ids.add(id);
                    requests.add(request);
                }

                @Override
                public void bound(PodBound decision, TraceContext trace) {
                    bound.add(decision);
                }

                @Override
                public void unschedulable(PodUnschedulable decision, TraceContext trace) {
                    unschedulable.add(decision);
                }

                @Override
                public String newId() {
                    return "r" + ids.size();
                }
            },
            NOW);
    private long revision;

    @Test
    void podsSpreadOverNodesAndNeverOverCommitOne() {
        node("n1", "1", "");
        node("n2", "1", "");
        scheduler.caughtUp(NOW);
        for (int i = 0; i < 5; i++) {
            pod("p" + i, "500m", "");
        }
        scheduler.decide(NOW);
        assertThat(bound).hasSize(4);
        assertThat(bound)
                .filteredOn(decision -> decision.getNodeName().equals("n1"))
                .hasSize(2);
        assertThat(unschedulable).hasSize(1);
        assertThat(unschedulable.getFirst().getMessage()).isEqualTo("0/2 nodes are available: 2 Insufficient cpu.");
        assertThat(bound.getFirst().getScores()).hasSize(2);
    }

    @Test
    void aRefusedBindingGivesItsRoomBackAndIsTriedAgain() {
        node("n1", "1", "");
        scheduler.caughtUp(NOW);
        pod("p", "1", "");
        scheduler.decide(NOW);
        scheduler.refused("p");
        scheduler.decide(NOW);
        assertThat(bound).hasSize(2);
    }

    @Test
    void taintsKeepPodsAwayAndAreNamed() {
        node("n1", "1", "\"taints\":[{\"key\":\"k\",\"value\":\"v\",\"effect\":\"NoSchedule\"}]");
        scheduler.caughtUp(NOW);
        pod("p", "1m", "");
        pod("tolerant", "1m", ",\"tolerations\":[{\"key\":\"k\",\"operator\":\"Exists\"}]");
        scheduler.decide(NOW);
        assertThat(bound).extracting(PodBound::getPodUid).containsExactly("tolerant");
        assertThat(unschedulable.getFirst().getMessage()).contains("untolerated taint(s) {k: v}");
    }

    @Test
    void aReplicaSetAsksOnceForWhatItLacksUntilItIsAnswered() {
        scheduler.caughtUp(NOW);
        replay("replicasets", "rs", """
                {"metadata":{"name":"rs"},"spec":{"replicas":3,"template":{"spec":{"containers":[{"name":"c"}]}}}}
                """);
        scheduler.decide(NOW);
        List<DesiredStateRequest> pods = requests.stream()
                .filter(request -> request.getResource().equals("pods"))
                .toList();
        assertThat(pods).hasSize(3);
        assertThat(pods).extracting(DesiredStateRequest::getName).doesNotHaveDuplicates();
        scheduler.decide(NOW);
        scheduler.tick(NOW);
        assertThat(requests)
                .filteredOn(request -> request.getResource().equals("pods"))
                .hasSize(3);
        List.copyOf(ids).forEach(id -> scheduler.answered(id, 0, "exceeded quota", NOW));
        assertThat(requests)
                .filteredOn(request -> request.getResource().equals("pods"))
                .hasSize(3);
        scheduler.tick(NOW.plusSeconds(2));
        assertThat(requests)
                .filteredOn(request -> request.getResource().equals("pods"))
                .hasSize(6);
    }

    /** A node that says which runtimes it has gets no pod that needs another; one that does not say may have all. */
    @Test
    void aPodGoesWhereItsRuntimeIs() {
        replay("runtimeclasses", "gvisor", "{\"metadata\":{\"name\":\"gvisor\"},\"handler\":\"runsc\"}");
        node("plain", "1", "", ",\"runtimeHandlers\":[{\"name\":\"\",\"features\":{\"userNamespaces\":true}}]");
        scheduler.caughtUp(NOW);
        pod("sandboxed", "1m", ",\"runtimeClassName\":\"gvisor\"");
        pod("users", "1m", ",\"hostUsers\":false");
        pod("unknown", "1m", ",\"runtimeClassName\":\"unknown\"");
        scheduler.decide(NOW);
        assertThat(bound).extracting(PodBound::getPodUid).containsExactlyInAnyOrder("users", "unknown");
        assertThat(unschedulable.getFirst().getMessage())
                .isEqualTo("0/1 nodes are available: 1 node(s) didn't have the runtime handler \"runsc\".");
        node("both", "1", "", ",\"runtimeHandlers\":[{\"name\":\"\"},{\"name\":\"runsc\"}]");
        scheduler.decide(NOW);
        assertThat(bound)
                .filteredOn(decision -> decision.getPodUid().equals("sandboxed"))
                .extracting(PodBound::getNodeName)
                .containsExactly("both");
        pod("neither", "1m", ",\"hostUsers\":false,\"runtimeClassName\":\"gvisor\"");
        scheduler.decide(NOW);
        assertThat(unschedulable.getLast().getMessage())
                .isEqualTo("0/2 nodes are available: 1 node(s) didn't have the runtime handler \"runsc\","
                        + " 1 node(s) didn't have user namespaces for the pod's runtime.");
        node("silent", "1", "");
        scheduler.decide(NOW);
        assertThat(bound)
                .filteredOn(decision -> decision.getPodUid().equals("neither"))
                .extracting(PodBound::getNodeName)
                .containsExactly("silent");
    }

    @Test
    void podsLeaveANodeThatIsSilentForLongerThanTheyTolerate() {
        node("n1", "1", "");
        scheduler.caughtUp(NOW);
        scheduler.heartbeat("n1", NOW);
        pod(
                "p",
                "1m",
                ",\"nodeName\":\"n1\",\"tolerations\":[{\"key\":\"node.kubernetes.io/unreachable\",\"operator\":"
                        + "\"Exists\",\"effect\":\"NoExecute\",\"tolerationSeconds\":300}]");
        Instant silent = NOW.plusSeconds(41);
        scheduler.tick(silent);
        assertThat(requests)
                .singleElement()
                .satisfies(request -> assertThat(request.getManifest()).contains("\"Ready\"", "\"Unknown\""));
        requests.clear();
        replay("nodes", "n1", NODE.formatted("n1", "", "1", "Unknown"));
        scheduler.tick(silent.plusSeconds(1));
        String taints = JsonMapper.shared()
                .readTree(requests.getLast().getManifest())
                .at("/spec/taints")
                .toString();
        assertThat(taints).contains("node.kubernetes.io/unreachable", "NoExecute", "NoSchedule");
        scheduler.answered(ids.getLast(), revision + 1, "", silent);
        replay("nodes", "n1", NODE.formatted("n1", "\"taints\":" + taints, "1", "Unknown"));
        requests.clear();
        scheduler.tick(silent.plusSeconds(300));
        assertThat(requests).isEmpty();
        scheduler.tick(silent.plusSeconds(302));
        assertThat(requests)
                .extracting(request -> request.getOperation() + " " + request.getName())
                .containsExactly("PATCH p", "DELETE p");
        scheduler.tick(silent.plusSeconds(303));
        assertThat(requests).as("asked once while nobody answers").hasSize(2);
    }

    private void node(String name, String cpu, String spec) {
        node(name, cpu, spec, "");
    }

    private void node(String name, String cpu, String spec, String status) {
        replay("nodes", name, NODE.formatted(name, spec, cpu, "True").replace("\"True\"}]", "\"True\"}]" + status));
    }

    @Test
    void aPodOnALostNodeIsBehindNoServiceAndKeepsNoBudget() {
        node("n1", "1", "");
        replay("services", "s", """
                {"metadata":{"name":"s"},"spec":{"selector":{"app":"a"},"ports":[{"port":80,"targetPort":80}]}}""");
        replay("poddisruptionbudgets", "b", """
                {"metadata":{"name":"b"},"spec":{"minAvailable":1,"selector":{"matchLabels":{"app":"a"}}}}""");
        replay("pods", "p", """
                {"metadata":{"name":"p","labels":{"app":"a"}},"spec":{"nodeName":"n1","containers":[]},"status":{"phase":
                 "Running","podIP":"10.0.0.1","conditions":[{"type":"Ready","status":"True"}]}}""");
        scheduler.caughtUp(NOW);
        assertThat(asked("endpointslices").at("/endpoints/0/conditions/ready").asBoolean())
                .isTrue();
        assertThat(asked("poddisruptionbudgets").at("/status/currentHealthy").asInt())
                .isEqualTo(1);
        List.copyOf(ids).forEach(id -> scheduler.answered(id, 0, "", NOW));
        requests.clear();
        replay("nodes", "n1", NODE.formatted("n1", "", "1", "Unknown"));
        scheduler.decide(NOW.plusSeconds(60));
        assertThat(asked("endpointslices").at("/endpoints/0/conditions/ready").asBoolean())
                .isFalse();
        assertThat(asked("poddisruptionbudgets").at("/status/currentHealthy").asInt())
                .isZero();
    }

    private JsonNode asked(String resource) {
        return requests.stream()
                .filter(request -> request.getResource().equals(resource))
                .reduce((first, last) -> last)
                .map(Objects::manifest)
                .orElseThrow();
    }

    private void pod(String name, String cpu, String spec) {
        replay("pods", name, """
                {"metadata":{"name":"%s"},"spec":{"containers":[{"name":"c","resources":{"requests":{"cpu":"%s"}}}]%s}}
                """.formatted(name, cpu, spec));
    }

    private void replay(String resource, String name, String json) {
        JsonNode tree = JsonMapper.shared().readTree(json);
        revision++;
        scheduler.replay(new ObjectView(resource, "default", name, name, revision, 1, tree, TraceContext.NONE), false);
    }
}
