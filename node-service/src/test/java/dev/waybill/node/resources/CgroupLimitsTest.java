package dev.waybill.node.resources;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.node.pod.ContainerSpec.ResourceNeeds;
import dev.waybill.node.pod.PodParser;
import dev.waybill.node.pod.PodSpec;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class CgroupLimitsTest {
    @Test
    void kubernetesFormulas() {
        CgroupLimits limits = CgroupLimits.ofContainer(new ResourceNeeds(250, 500, 0, 64 << 20), 100);
        assertThat(limits)
                .isEqualTo(new CgroupLimits(
                        new CgroupLimits.Cpu(256, 50_000, 100_000, "", ""),
                        new CgroupLimits.Memory(64 << 20, 64 << 20, 0, -1, false),
                        CgroupLimits.BlockIo.NONE,
                        100,
                        Map.of()));
        assertThat(limits.cpu().weight()).isEqualTo(10);
    }

    @Test
    void bounds() {
        assertThat(CgroupLimits.shares(0)).isEqualTo(2);
        assertThat(CgroupLimits.quota(1)).isEqualTo(1_000);
        assertThat(CgroupLimits.quota(0)).isZero();
        assertThat(new CgroupLimits.Cpu(2, 0, 100_000, "", "").weight()).isEqualTo(1);
        assertThat(new CgroupLimits.Cpu(262_144, 0, 100_000, "", "").weight()).isEqualTo(10_000);
    }

    @Test
    void aPodHasTheSumOfItsContainersAndItsOverhead() {
        CgroupLimits pod = CgroupLimits.ofPod(pod("\"cpu\": \"1\", \"memory\": \"100Mi\""), 7);
        assertThat(pod.cpu().quotaMicros()).isEqualTo(50_000 + 100_000 + 10_000);
        assertThat(pod.cpu().shares()).isEqualTo(512 + 1024 + 102);
        assertThat(pod.memory().limitBytes()).isEqualTo((50L + 100 + 8) << 20);
        assertThat(pod.pids()).isEqualTo(7);
    }

    @Test
    void aLimitThatOneContainerLacksThePodLacks() {
        CgroupLimits pod = CgroupLimits.ofPod(pod("\"cpu\": \"1\""), 0);
        assertThat(pod.cpu().quotaMicros()).isPositive();
        assertThat(pod.memory().limitBytes()).isZero();
    }

    @Test
    void aPodWeighsOnADiskAsItsHeaviestContainer() {
        PodSpec pod = pod("\"cpu\": \"1\"");
        CgroupLimits.BlockIo heavy = io(300, Map.of("8:0", 50L));
        CgroupLimits.BlockIo plain = io(0, Map.of());
        assertThat(ofPod(pod, heavy, plain)).isEqualTo(io(300, Map.of("8:0", 100L)));
        assertThat(ofPod(pod, io(50, Map.of()), plain))
                .as("100 is what the others have")
                .isEqualTo(io(100, Map.of()));
        assertThat(ofPod(pod, plain, plain)).isEqualTo(CgroupLimits.BlockIo.NONE);
    }

    private static CgroupLimits.BlockIo io(int weight, Map<String, Long> devices) {
        return new CgroupLimits.BlockIo(weight, devices, Map.of(), Map.of(), Map.of(), Map.of());
    }

    private static CgroupLimits.BlockIo ofPod(PodSpec pod, CgroupLimits.BlockIo first, CgroupLimits.BlockIo others) {
        return CgroupLimits.ofPod(pod, 0, container -> {
                    CgroupLimits plain = CgroupLimits.ofContainer(container.resources(), 0);
                    return new CgroupLimits(
                            plain.cpu(), plain.memory(), container.name().equals("a") ? first : others, 0, Map.of());
                })
                .io();
    }

    private static PodSpec pod(String second) {
        return PodParser.parse(new JsonMapper().readTree("""
                {"metadata": {"uid": "u1", "namespace": "shop", "name": "web"},
                 "spec": {"overhead": {"cpu": "100m", "memory": "8Mi"},
                   "initContainers": [{"name": "setup", "image": "app:1",
                     "resources": {"limits": {"cpu": "200m", "memory": "10Mi"}}}],
                   "containers": [
                     {"name": "a", "image": "app:1", "resources": {"limits": {"cpu": "500m", "memory": "50Mi"}}},
                     {"name": "b", "image": "app:1", "resources": {"limits": {%s}}}]}}""".formatted(second)));
    }
}
