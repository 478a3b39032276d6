package dev.waybill.node.resources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.waybill.node.pod.ContainerConfigException;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.resources.ContainerLimits.DeviceRule;
import dev.waybill.node.resources.ContainerLimits.Ulimit;
import dev.waybill.node.testing.LimitedContainer;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContainerKnobsTest {
    private static final String LIMITED = "{\"limits\": {\"memory\": \"64Mi\"}}";
    private static final HostDevice DISK = new HostDevice("/dev/sda", 'b', 8, 0, 0660, 0, 6, "mq-deadline", false);
    private static final HostDevice BFQ = new HostDevice("/dev/sdb", 'b', 8, 16, 0660, 0, 6, "bfq", false);
    private static final HostDevice PART = new HostDevice("/dev/sda1", 'b', 8, 1, 0660, 0, 6, "", true);
    private static final HostDevice TUN = new HostDevice("/dev/net/tun", 'c', 10, 200, 0666, 0, 0, "", false);
    private static final HostAbilities V1 = host(1);

    private static HostAbilities host(int version) {
        Map<String, HostDevice> devices =
                Map.of(DISK.path(), DISK, BFQ.path(), BFQ, PART.path(), PART, TUN.path(), TUN);
        return new HostAbilities(
                version,
                true,
                true,
                Set.of("2MB"),
                Set.of(0, 1, 2, 3),
                Set.of(0),
                true,
                false,
                Map.of("nofile", 20_000L),
                0,
                8L << 30,
                path -> Optional.ofNullable(devices.get(path)));
    }

    private static ContainerLimits resolve(HostAbilities host, String resources, String... annotations) {
        Map<String, String> map = new TreeMap<>();
        for (int index = 0; index < annotations.length; index += 2) {
            map.put(annotations[index], annotations[index + 1]);
        }
        PodSpec pod = LimitedContainer.pod(resources, map);
        return ContainerKnobs.resolve(pod, pod.containers().getFirst(), host, 0);
    }

    @Test
    void everyKnobIsRead() {
        ContainerLimits limits = resolve(
                V1,
                "{\"limits\": {\"memory\": \"64Mi\", \"hugepages-2Mi\": \"4Mi\"}}",
                "waybill.dev/memory-swap",
                "96m",
                "waybill.dev/memory-reservation",
                "32Mi",
                "waybill.dev/memory-swappiness",
                "10",
                "waybill.dev/oom-kill-disable",
                "true",
                "waybill.dev/cpu-shares",
                "300",
                "waybill.dev/cpu-period",
                "50000",
                "waybill.dev/cpu-quota",
                "25000",
                "waybill.dev/cpuset-cpus",
                "0,1,3",
                "waybill.dev/cpuset-mems",
                "0",
                "waybill.dev/blkio-weight",
                "200",
                "waybill.dev/blkio-weight-device",
                "/dev/sdb:300",
                "waybill.dev/device-read-bps",
                "/dev/sda:1mb,/dev/sdb:2m",
                "waybill.dev/device-write-bps",
                "/dev/sda:3m",
                "waybill.dev/device-read-iops",
                "/dev/sda:40",
                "waybill.dev/device-write-iops",
                "/dev/sda:50",
                "waybill.dev/pids-limit",
                "60",
                "waybill.dev/device",
                "/dev/net/tun:/dev/tun:rw",
                "waybill.dev/device-cgroup-rule",
                "c 1:* r",
                "waybill.dev/shm-size",
                "1g",
                "waybill.dev/ulimit",
                "nofile=100:200,core=0",
                "waybill.dev/oom-score-adj",
                "500");
        assertThat(limits.cgroup())
                .isEqualTo(new CgroupLimits(
                        new CgroupLimits.Cpu(300, 25_000, 50_000, "0-1,3", "0"),
                        new CgroupLimits.Memory(64 << 20, 96 << 20, 32 << 20, 10, true),
                        new CgroupLimits.BlockIo(
                                200,
                                Map.of("8:16", 300L),
                                Map.of("8:0", 1L << 20, "8:16", 2L << 20),
                                Map.of("8:0", 3L << 20),
                                Map.of("8:0", 40L),
                                Map.of("8:0", 50L)),
                        60,
                        Map.of("2MB", 4L << 20)));
        assertThat(limits.devices()).containsExactly(new ContainerLimits.Device(TUN, "/dev/tun", "rw"));
        assertThat(limits.deviceRules()).containsExactly(new DeviceRule('c', 1, -1, "r"));
        assertThat(limits.ulimits()).isEqualTo(Map.of("nofile", new Ulimit(100, 200), "core", new Ulimit(0, 0)));
        assertThat(limits.oomScoreAdj()).isEqualTo(500);
        assertThat(limits.shmBytes()).isEqualTo(1L << 30);
    }

    @Test
    void theContainersOwnAnnotationWins() {
        assertThat(resolve(V1, "{}", "waybill.dev/cpu-shares", "300", "main.waybill.dev/cpu-shares", "400")
                        .cgroup()
                        .cpu()
                        .shares())
                .isEqualTo(400);
    }

    @Test
    void quotaFollowsThePeriod() {
        CgroupLimits.Cpu cpu = resolve(V1, "{\"limits\": {\"cpu\": \"500m\"}}", "waybill.dev/cpu-period", "20000")
                .cgroup()
                .cpu();
        assertThat(cpu.quotaMicros()).isEqualTo(10_000);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "waybill.dev/memory-swop | 1 | no such setting",
                "other.waybill.dev/memory-swap | 1 | the pod has no container",
                "waybill.dev/kernel-memory | 8m | kernels since 5.4 ignore it",
                "waybill.dev/cpu-rt-period | 1000000 | no real-time budget",
                "waybill.dev/cpu-rt-runtime | 1000 | no real-time budget",
                "waybill.dev/memory-swap | 32m | must not be below resources.limits.memory",
                "waybill.dev/memory-swap | 64M | not a size",
                "waybill.dev/memory-reservation | 65m | must not be above",
                "waybill.dev/memory-swappiness | 101 | must be from 0 to 100",
                "waybill.dev/oom-kill-disable | yes | must be true or false",
                "waybill.dev/cpu-shares | 1 | must be from 2",
                "waybill.dev/cpu-period | 999 | must be from 1000",
                "waybill.dev/cpuset-cpus | 2-9 | this machine has CPUs 0-3 only",
                "waybill.dev/cpuset-cpus | 3-1 | a range must rise",
                "waybill.dev/cpuset-mems | 1 | this machine has memory nodes 0 only",
                "waybill.dev/blkio-weight | 5 | must be from 10 to 1000",
                "waybill.dev/blkio-weight-device | /dev/sda:300 | weights need bfq",
                "waybill.dev/device-read-bps | /dev/sda1:1m | is a partition",
                "waybill.dev/device-read-bps | /dev/nvme9:1m | is no block device",
                "waybill.dev/device-read-bps | /dev/net/tun:1m | is no block device",
                "waybill.dev/device-write-iops | /dev/sda:0 | must be above 0",
                "waybill.dev/device-write-iops | /dev/sda | write /dev/DISK:VALUE",
                "waybill.dev/device | /etc/passwd | is no device",
                "waybill.dev/device | /dev/net/tun:/dev/../etc/x:r | must be absolute",
                "waybill.dev/device | /dev/net/tun:rx | access is of r, w and m",
                "waybill.dev/device-cgroup-rule | c 1 r | write TYPE MAJOR:MINOR ACCESS",
                "waybill.dev/ulimit | nofile=30000 | may not go above its own limit of 20000",
                "waybill.dev/ulimit | files=1 | write NAME=SOFT:HARD",
                "waybill.dev/ulimit | core=2:1 | the soft limit is above",
                "waybill.dev/oom-score-adj | -5 | may not go below its own score",
                "waybill.dev/pids-limit | many | not a number",
                "waybill.dev/shm-size | 99999999999999g | too large",
            })
    void aRefusalNamesTheAnnotationAndTheReason(String key, String value, String reason) {
        assertThatThrownBy(() -> resolve(V1, LIMITED, key, value))
                .isInstanceOfSatisfying(
                        ContainerConfigException.class,
                        refusal -> assertThat(refusal.reason()).isEqualTo("CreateContainerConfigError"))
                .hasMessageContaining("annotation " + key)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @CsvSource({
        "waybill.dev/memory-swappiness, 10, no swappiness per group",
        "waybill.dev/oom-kill-disable, true, the OOM killer cannot be disabled",
        "waybill.dev/kernel-memory, 8m, ignore it",
        "waybill.dev/cpu-rt-period, 1000000, no real-time budget",
        "waybill.dev/cpu-rt-runtime, 1000, no real-time budget"
    })
    void whatVersion2CannotDoIsRefused(String key, String value, String reason) {
        assertThatThrownBy(() -> resolve(host(2), LIMITED, key, value)).hasMessageContaining(reason);
    }

    @Test
    void contradictionsAreRefused() {
        assertThatThrownBy(() -> resolve(V1, "{\"limits\": {\"cpu\": \"1\"}}", "waybill.dev/cpu-quota", "50000"))
                .hasMessageContaining("resources.limits.cpu sets the quota already");
        assertThatThrownBy(() -> resolve(V1, "{}", "waybill.dev/memory-swap", "64m"))
                .hasMessageContaining("needs resources.limits.memory");
        assertThatThrownBy(() -> resolve(V1, "{}", "waybill.dev/oom-kill-disable", "true"))
                .hasMessageContaining("needs resources.limits.memory");
        assertThatThrownBy(() -> resolve(V1, "{\"limits\": {\"hugepages-1Gi\": \"1Gi\"}}"))
                .hasMessageContaining("hugepages-1Gi");
    }

    @Test
    void theOomScoreFollowsTheClassOfService() {
        assertThat(OomScore.of(PodSpec.QosClass.GUARANTEED, 0, 1)).isEqualTo(-997);
        assertThat(OomScore.of(PodSpec.QosClass.BEST_EFFORT, 0, 1)).isEqualTo(1000);
        assertThat(OomScore.of(PodSpec.QosClass.BURSTABLE, 2L << 30, 8L << 30)).isEqualTo(750);
        assertThat(OomScore.of(PodSpec.QosClass.BURSTABLE, 0, 8L << 30)).isEqualTo(999);
        assertThat(OomScore.of(PodSpec.QosClass.BURSTABLE, 8L << 30, 8L << 30)).isEqualTo(3);
    }
}
