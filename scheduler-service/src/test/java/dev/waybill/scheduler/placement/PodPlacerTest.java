package dev.waybill.scheduler.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.runtime.TraceContext;
import dev.waybill.scheduler.cluster.ClusterImage;
import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.cluster.ObjectView;
import dev.waybill.scheduler.cluster.PodView;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class PodPlacerTest {
    private final ClusterImage image = new ClusterImage();
    private final PodPlacer placer = PodPlacer.standard(image::runtimeHandler);
    private long revision;

    @Test
    void aLargeClusterIsLookedAtInPartsAndFilledEvenly() {
        for (int i = 0; i < 1_000; i++) {
            node("n" + i, "2", "{}");
        }
        Map<String, Integer> pods = new HashMap<>();
        int start = 0;
        for (int i = 0; i < 4_000; i++) {
            PodView pod = pod("p" + i, "\"500m\"", "");
            PlacementRound round = placer.round(image.nodes(), start);
            Verdict.Placed placed = (Verdict.Placed) round.place(pod);
            // Later ones have to look at more, since nodes are full.
            assertThat(placed.evaluatedNodes()).isLessThanOrEqualTo(i < 1_000 ? PodPlacer.enough(1_000) : 1_000);
            start = round.end();
            pods.merge(placed.node().name(), 1, Integer::sum);
            image.assume(pod, placed.node().name());
        }
        assertThat(pods).hasSize(1_000);
        assertThat(pods.values()).allMatch(count -> count == 4);
        assertThat(placer.round(image.nodes(), start).place(pod("last", "\"500m\"", "")))
                .isInstanceOfSatisfying(
                        Verdict.Unplaceable.class,
                        none -> assertThat(none.message())
                                .isEqualTo("0/1000 nodes are available: 1000 Insufficient cpu."));
    }

    /** Equal pods share a search, others come between them and change the same nodes: nobody is put on a full node. */
    @Test
    void aRoundFillsTheClusterToTheLastPlaceAndNotBeyond() {
        for (int i = 0; i < 300; i++) {
            node("n" + i, "2", "{}");
        }
        PlacementRound round = placer.round(image.nodes(), 7);
        for (int i = 0; i < 1_200; i++) {
            PodView pod = pod("p" + i, "\"500m\"", i % 2 == 0 ? "" : "\"tolerations\": [{\"operator\": \"Exists\"}],");
            assertThat(round.place(pod)).isInstanceOfSatisfying(Verdict.Placed.class, placed -> {
                assertThat(placed.scores()).isNotEmpty();
                image.assume(pod, placed.node().name());
            });
        }
        assertThat(image.nodes()).allMatch(node -> node.requestedCpuMillis() <= 2_000);
        long used =
                image.nodes().stream().mapToLong(NodeView::requestedCpuMillis).sum();
        assertThat(used).isEqualTo(600_000);
        assertThat(round.place(pod("last", "\"500m\"", "")))
                .isInstanceOfSatisfying(
                        Verdict.Unplaceable.class,
                        none -> assertThat(none.message())
                                .isEqualTo("0/300 nodes are available: 300 Insufficient cpu."));
    }

    @Test
    void theOnlyNodeThatFitsIsFoundWhereverTheSearchBegins() {
        for (int i = 0; i < 500; i++) {
            node("n" + i, "2", i == 321 ? "{\"disk\": \"ssd\"}" : "{}");
        }
        PodView pod = pod("p", "1", "\"nodeSelector\": {\"disk\": \"ssd\"},");
        for (int start : new int[] {0, 320, 321, 322, 499}) {
            assertThat(placer.round(image.nodes(), start).place(pod))
                    .isInstanceOfSatisfying(Verdict.Placed.class, placed -> {
                        assertThat(placed.node().name()).isEqualTo("n321");
                        assertThat(placed.evaluatedNodes()).isEqualTo(500);
                    });
        }
    }

    /** A request that no number holds fits nowhere, and counts back when it goes. */
    @Test
    void aRequestBeyondAllNumbersIsRefused() {
        node("n", "2", "{}");
        assertThat(placer.round(image.nodes(), 0).place(pod("p", "\"9E\"", "")))
                .isInstanceOf(Verdict.Unplaceable.class);
        PodView small = pod("small", "1", "");
        image.assume(small, "n");
        NodeView node = image.nodes().getFirst();
        assertThat(node.requestedCpuMillis()).isEqualTo(1_000);
        image.forget("small");
        assertThat(node.requestedCpuMillis()).isZero();
    }

    private void node(String name, String cpu, String labels) {
        image.replay(object("nodes", name, """
                        {"metadata": {"labels": %s}, "spec": {},
                         "status": {"allocatable": {"cpu": "%s", "memory": "8Gi", "pods": "110"},
                           "conditions": [{"type": "Ready", "status": "True"}]}}""".formatted(labels, cpu)), false);
    }

    private PodView pod(String name, String cpu, String more) {
        return PodView.of(object("pods", name, """
                {"metadata": {}, "spec": {%s "containers": [{"name": "main",
                  "resources": {"requests": {"cpu": %s, "memory": "16Mi"}}}]}}""".formatted(more, cpu)));
    }

    private ObjectView object(String resource, String name, String json) {
        return new ObjectView(
                resource, "default", name, name, ++revision, 1, new JsonMapper().readTree(json), TraceContext.NONE);
    }
}
