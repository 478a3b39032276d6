package dev.waybill.scheduler.nodelife;

import static dev.waybill.scheduler.Objects.manifest;
import static dev.waybill.scheduler.Objects.object;
import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.scheduler.cluster.ClusterImage;
import dev.waybill.scheduler.cluster.ObjectView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The taints of nodes, and how long pods stay with them. */
class TaintsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final ClusterImage cluster = new ClusterImage();
    private final TaintEviction eviction = new TaintEviction(cluster);
    private long revision;

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', delimiter = '|', textBlock = """
            True | | ``
            False | | node.kubernetes.io/not-ready:NoSchedule node.kubernetes.io/not-ready:NoExecute
            Unknown | | node.kubernetes.io/unreachable:NoSchedule node.kubernetes.io/unreachable:NoExecute
            True | 'unschedulable':true | node.kubernetes.io/unschedulable:NoSchedule
            """)
    void aNodesConditionBecomesTaints(String ready, String spec, String taints) {
        assertThat(NodeTaints.reconcile(node(ready, spec == null ? "" : spec), NOW)
                        .map(TaintsTest::marks)
                        .orElse(""))
                .isEqualTo(taints);
    }

    @Test
    void otherTaintsStayAndOursGoWhenTheyNoLongerHold() {
        String others = "{'key':'k','effect':'NoExecute'}";
        ObjectView node =
                node("True", "'taints':[" + others + ",{'key':'node.kubernetes.io/unreachable','effect':'NoExecute'}]");
        assertThat(NodeTaints.reconcile(node, NOW).map(TaintsTest::marks)).contains("k:NoExecute");
        assertThat(NodeTaints.reconcile(node("True", "'taints':[" + others + "]"), NOW))
                .isEmpty();
        ObjectView alone = node("True", "'taints':[{'key':'node.kubernetes.io/unreachable','effect':'NoExecute'}]");
        assertThat(manifest(NodeTaints.reconcile(alone, NOW).orElseThrow())
                        .at("/spec/taints")
                        .isNull())
                .isTrue();
    }

    @Test
    void aPodStaysAsLongAsItTolerates() {
        node(
                "Unknown",
                "'taints':[{'key':'node.kubernetes.io/unreachable','effect':'NoExecute',"
                        + "'timeAdded':'2026-01-01T00:00:00Z'}]");
        pod(
                "five",
                "{'key':'node.kubernetes.io/unreachable','operator':'Exists','effect':'NoExecute','tolerationSeconds':300}");
        pod("ever", "{'operator':'Exists'}");
        pod("never", "");
        assertThat(ended(NOW.plusSeconds(1))).containsExactly("never", "never");
        assertThat(ended(NOW.plusSeconds(299))).doesNotContain("five");
        assertThat(ended(NOW.plusSeconds(300))).contains("five").doesNotContain("ever");
    }

    @Test
    void aTaintWithoutATimeCountsFromWhenItWasSeen() {
        node("True", "'taints':[{'key':'k','effect':'NoExecute'}]");
        pod("p", "{'key':'k','operator':'Exists','tolerationSeconds':10}");
        assertThat(ended(NOW)).isEmpty();
        assertThat(ended(NOW.plusSeconds(9))).isEmpty();
        assertThat(ended(NOW.plusSeconds(10))).hasSize(2);
    }

    @Test
    void whereNothingEndsPodsTheyStay() {
        node("True", "'taints':[{'key':'k','effect':'NoSchedule'}]");
        pod("p", "");
        assertThat(ended(NOW.plusSeconds(1_000))).isEmpty();
    }

    private ObjectView node(String ready, String spec) {
        ObjectView node = object(
                "nodes",
                "n",
                ++revision,
                "{'metadata':{'name':'n'},'spec':{" + spec + "},'status':{'conditions':[{'type':'Ready','status':'"
                        + ready + "'}]}}");
        cluster.replay(node, false);
        eviction.replayNode(node, false);
        return node;
    }

    private void pod(String name, String tolerations) {
        cluster.replay(
                object(
                        "pods",
                        name,
                        ++revision,
                        "{'metadata':{'name':'" + name + "'},'spec':{'nodeName':'n','containers':[],"
                                + "'tolerations':[" + tolerations + "]},'status':{'phase':'Running'}}"),
                false);
    }

    private List<String> ended(Instant now) {
        List<String> names = new ArrayList<>();
        eviction.decide(uid -> true, (pod, request) -> names.add(request.getName()), now);
        return names;
    }

    private static String marks(DesiredStateRequest request) {
        List<String> marks = new ArrayList<>();
        manifest(request)
                .at("/spec/taints")
                .forEach(taint -> marks.add(taint.path("key").asString() + ":"
                        + taint.path("effect").asString()));
        return String.join(" ", marks);
    }
}
