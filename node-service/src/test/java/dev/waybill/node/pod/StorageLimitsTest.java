package dev.waybill.node.pod;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class StorageLimitsTest {
    private static StorageLimits of(String spec) {
        return StorageLimits.parse(new JsonMapper().readTree(spec.replace('\'', '"')));
    }

    private static final StorageLimits TWO = of("""
            {'containers': [{'name': 'a', 'resources': {'limits': {'ephemeral-storage': '10'}}},
                            {'name': 'b', 'resources': {'limits': {'ephemeral-storage': '1Ki'}}},
                            {'name': 'c'}],
             'volumes': [{'name': 'v', 'emptyDir': {'sizeLimit': '5'}},
                         {'name': 'm', 'emptyDir': {'sizeLimit': '5', 'medium': 'Memory'}}]}""");

    private static String said(Map<String, Long> containers, Map<String, Long> volumes) {
        return TWO.exceeded(new StorageLimits.Use(containers, volumes)).orElse("");
    }

    @Test
    void whatTakesAsMuchAsItMayStays() {
        assertThat(said(Map.of("a", 10L, "b", 1_000L), Map.of("v", 5L, "other", 19L)))
                .isEmpty();
        assertThat(said(Map.of("c", 1_034L), Map.of())).isEmpty();
    }

    @Test
    void whatTakesMoreIsToldInTheKubeletsWordsVolumesFirst() {
        assertThat(said(Map.of("a", 11L), Map.of()))
                .isEqualTo("Container a exceeded its local ephemeral storage limit \"10\".");
        assertThat(said(Map.of("a", 11L, "b", 2_000L), Map.of()))
                .isEqualTo("Pod ephemeral local storage usage exceeds the total limit of containers 1034.");
        assertThat(said(Map.of("a", 11L, "b", 2_000L), Map.of("v", 6L)))
                .isEqualTo("Usage of EmptyDir volume \"v\" exceeds the limit \"5\".");
        assertThat(said(Map.of("c", 1_035L), Map.of())).startsWith("Pod ephemeral local storage usage exceeds");
    }

    /** Init containers run alone, sidecars beside the others. */
    @Test
    void aPodMayTakeWhatItsContainersMayAtTheSameTime() {
        String limits = "'resources': {'limits': {'ephemeral-storage': '%s'}}";
        assertThat(of("""
                {'initContainers': [{'name': 'i', %s}], 'containers': [{'name': 'a', %s}]}""".formatted(limits.formatted("7"), limits.formatted("3")))
                        .pod())
                .hasToString("7");
        assertThat(of("""
                {'initContainers': [{'name': 's', 'restartPolicy': 'Always', %s}, {'name': 'i', %s}],
                 'containers': [{'name': 'a', %s}]}""".formatted(limits.formatted("4"), limits.formatted("1"), limits.formatted("3")))
                        .pod())
                .hasToString("7");
        assertThat(of("{'containers': [{'name': 'a'}], 'volumes': [{'name': 'v', 'emptyDir': {}}]}")
                        .none())
                .isTrue();
    }
}
