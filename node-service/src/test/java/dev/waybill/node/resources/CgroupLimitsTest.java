package dev.waybill.node.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.node.pod.ContainerSpec.ResourceNeeds;
import org.junit.jupiter.api.Test;

class CgroupLimitsTest {
    @Test
    void kubernetesFormulas() {
        CgroupLimits limits = CgroupLimits.ofContainer(new ResourceNeeds(250, 500, 0, 64 << 20), 100);
        assertThat(limits).isEqualTo(new CgroupLimits(256, 50_000, 64 << 20, 100));
        assertThat(limits.cpuWeight()).isEqualTo(10);
        assertThat(CgroupV2.cpuMax(limits)).isEqualTo("50000 100000");
    }

    @Test
    void bounds() {
        assertThat(CgroupLimits.shares(0)).isEqualTo(2);
        assertThat(CgroupLimits.quota(1)).isEqualTo(1_000);
        assertThat(CgroupLimits.quota(0)).isZero();
        assertThat(new CgroupLimits(2, 0, 0, 0).cpuWeight()).isEqualTo(1);
        assertThat(new CgroupLimits(262_144, 0, 0, 0).cpuWeight()).isEqualTo(10_000);
    }
}
