package dev.waybill.node.resources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.node.testing.Eventually;
import dev.waybill.node.testing.LimitedContainer;
import dev.waybill.node.testing.LoopDevice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** CPU, memory, processes and devices: what the kernel lets a container have, measured. */
@Timeout(600)
class KernelLimitsIT {
    private static final String NONE = "{}";
    private static final String BUSY = "while :; do :; done";

    @BeforeEach
    void root() {
        assumeTrue("root".equals(System.getProperty("user.name")), "containers need root");
    }

    @Test
    void aQuotaHoldsAndCanBeChangedWhileTheContainerRuns() throws Exception {
        try (LimitedContainer container =
                LimitedContainer.start("{\"limits\": {\"cpu\": \"200m\", \"memory\": \"32Mi\"}}", Map.of(), BUSY)) {
            assertThat(container.limits()).containsEntry("cpu.cfs_quota_us", "20000");
            CpuUse.assertQuota(container, Duration.ofMillis(20), Duration.ofMillis(100));

            Map<String, String> changed = container.change(
                    "{\"limits\": {\"cpu\": \"100m\", \"memory\": \"16Mi\"}}",
                    Map.of("waybill.dev/cpu-period", "50000"));
            assertThat(changed)
                    .containsEntry("cpu.cfs_quota_us", "5000")
                    .containsEntry("cpu.cfs_period_us", "50000")
                    .containsEntry("memory.limit_in_bytes", "16777216")
                    .containsEntry("memory.memsw.limit_in_bytes", "16777216");
            CpuUse.assertQuota(container, Duration.ofMillis(5), Duration.ofMillis(50));

            assertThat(container.change(NONE, Map.of("waybill.dev/cpu-quota", "30000")))
                    .containsEntry("cpu.cfs_quota_us", "30000")
                    .containsEntry("cpu.cfs_period_us", "100000");
            CpuUse.assertQuota(container, Duration.ofMillis(30), Duration.ofMillis(100));
        }
    }

    @Test
    void sharesDivideOneCpu() throws Exception {
        Map<String, String> small = Map.of("waybill.dev/cpuset-cpus", "0", "waybill.dev/cpu-shares", "256");
        Map<String, String> large = Map.of("waybill.dev/cpuset-cpus", "0", "waybill.dev/cpu-shares", "1024");
        try (LimitedContainer first = LimitedContainer.start(NONE, small, BUSY);
                LimitedContainer second = LimitedContainer.startBeside(first, NONE, large, BUSY)) {
            // Pods' groups carry the sums of their containers' shares, so they compete as the containers would.
            double ratio = CpuUse.ratio(first, second, Duration.ofMillis(600));
            System.out.printf("shares 1024 : 256 on one CPU: %.2f : 1%n", ratio);
            assertThat(ratio).isBetween(2.5, 5.5);
        }
    }

    @Test
    void theProcessSeesItsCpuset() throws Exception {
        Map<String, String> knobs = Map.of("main.waybill.dev/cpuset-cpus", "1", "waybill.dev/cpuset-mems", "0");
        assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "one CPU only");
        try (LimitedContainer container = LimitedContainer.start(NONE, knobs, "cat /proc/self/status; exec sleep 60")) {
            container.awaitOutput("Mems_allowed_list");
            assertThat(container.output())
                    .containsPattern("Cpus_allowed_list:\\s+1\\n")
                    .containsPattern("Mems_allowed_list:\\s+0");
            assertThat(container.limits()).containsEntry("cpuset.cpus", "1").containsEntry("cpuset.mems", "0");
            assertThat(container.change(NONE, Map.of())).containsEntry("cpuset.cpus", "0-1");
            assertThat(Files.readString(Path.of("/proc/" + container.pid() + "/status")))
                    .containsPattern("Cpus_allowed_list:\\s+0-1\\n");
        }
    }

    @Test
    void memoryAndSwapAreSetGrownAndShrunk() throws Exception {
        String memory = "{\"limits\": {\"memory\": \"32Mi\"}}";
        Map<String, String> knobs = Map.of(
                "waybill.dev/memory-swap", "48Mi",
                "waybill.dev/memory-reservation", "16Mi",
                "waybill.dev/memory-swappiness", "7");
        try (LimitedContainer container = LimitedContainer.start(memory, knobs, "exec sleep 60")) {
            assertThat(container.limits())
                    .containsEntry("memory.limit_in_bytes", "33554432")
                    .containsEntry("memory.memsw.limit_in_bytes", "50331648")
                    .containsEntry("memory.soft_limit_in_bytes", "16777216")
                    .containsEntry("memory.swappiness", "7");
            Map<String, String> grown =
                    container.change("{\"limits\": {\"memory\": \"64Mi\"}}", Map.of("waybill.dev/memory-swap", "-1"));
            assertThat(grown)
                    .containsEntry("memory.limit_in_bytes", "67108864")
                    .containsEntry("memory.memsw.limit_in_bytes", "9223372036854771712")
                    .containsEntry("memory.soft_limit_in_bytes", "9223372036854771712");
            assertThat(container.change("{\"limits\": {\"memory\": \"8Mi\"}}", Map.of()))
                    .containsEntry("memory.limit_in_bytes", "8388608")
                    .containsEntry("memory.memsw.limit_in_bytes", "8388608");
        }
    }

    @Test
    void anOomKillIsTheContainersOwn() throws Exception {
        String memory = "{\"limits\": {\"memory\": \"16Mi\"}}";
        try (LimitedContainer eater = LimitedContainer.start(memory, Map.of(), "exec tail /dev/zero");
                LimitedContainer other = LimitedContainer.start(memory, Map.of(), "exec sleep 60")) {
            assertThat(eater.exitCode()).isEqualTo(137);
            assertThat(eater.cgroups().oomKills(eater.group())).isPositive();
            assertThat(other.cgroups().oomKills(other.group())).isZero();
        }
    }

    @Test
    void withoutOomKillTheProcessWaitsForMemory() throws Exception {
        String memory = "{\"limits\": {\"memory\": \"16Mi\"}}";
        Map<String, String> knobs = Map.of("waybill.dev/oom-kill-disable", "true");
        // Grown by the process itself: where the kernel fills a buffer for it, the call fails instead of waiting.
        String eat = "all=x; while :; do all=$all$all; done";
        try (LimitedContainer container = LimitedContainer.start(memory, knobs, eat)) {
            assertThat(container.limits()).containsEntry("memory.oom_control", "oom_kill_disable 1");
            Path control = Path.of("/sys/fs/cgroup/memory" + container.group() + "/memory.oom_control");
            Eventually.holds(
                    "it waits for memory", () -> Files.readString(control).contains("under_oom 1"));
            assertThat(ProcessHandle.of(container.pid())).isPresent();
            container.change(memory, Map.of());
            assertThat(container.exitCode())
                    .as("killed once that is allowed again")
                    .isEqualTo(137);
        }
    }

    @Test
    void aForkBombStopsAtItsLimit() throws Exception {
        Map<String, String> knobs = Map.of("waybill.dev/pids-limit", "20");
        String bomb = "bomb() { bomb | bomb & }; bomb; exec sleep 60";
        try (LimitedContainer container = LimitedContainer.start("{\"limits\": {\"cpu\": \"200m\"}}", knobs, bomb)) {
            Path events = Path.of("/sys/fs/cgroup/pids" + container.group() + "/pids.events");
            Eventually.holds(
                    "at its limit", () -> !Files.readString(events).strip().equals("max 0"));
            assertThat(container.cgroups().usage(container.group()).pids()).isLessThanOrEqualTo(20);
            assertThat(container.limits()).containsEntry("pids.max", "20");
        }
    }

    @Test
    void devicesAreAllowedOrDenied() throws Exception {
        String script = "cat < /dev/loop-control; echo control $?;"
                + " dd if=/dev/disk bs=512 count=1 of=/dev/null; echo read $?;"
                + " dd if=/dev/zero of=/dev/disk bs=512 count=1 conv=notrunc; echo write $?";
        try (LoopDevice loop = LoopDevice.attach(1 << 20);
                LimitedContainer reader = LimitedContainer.start(
                        NONE, Map.of("waybill.dev/device", loop.path() + ":/dev/disk:r"), script);
                LimitedContainer writer = LimitedContainer.start(
                        NONE, Map.of("waybill.dev/device", loop.path() + ":/dev/disk"), script)) {
            assertThat(reader.exitCode()).isZero();
            assertThat(reader.output()).contains("control 2", "read 0", "Operation not permitted", "write 1");
            assertThat(reader.limits().get("devices.list")).contains("b " + loop.number() + " r;");
            assertThat(writer.exitCode()).isZero();
            assertThat(writer.output()).contains("read 0", "write 0");
        }
    }

    @Test
    void aRuleAllowsADeviceThatTheContainerHasItsOwnNodeFor() throws Exception {
        DeviceRules.check(1);
    }

    @Test
    void theProcessHasItsUlimitsAndOomScore() throws Exception {
        Map<String, String> knobs =
                Map.of("waybill.dev/ulimit", "nofile=100:200,core=0", "waybill.dev/oom-score-adj", "321");
        String script = "cat /proc/self/limits /proc/self/oom_score_adj";
        try (LimitedContainer container = LimitedContainer.start(NONE, knobs, script)) {
            assertThat(container.exitCode()).isZero();
            assertThat(container.output())
                    .containsPattern("Max open files\\s+100\\s+200")
                    .endsWith("321");
        }
    }

    @Test
    void sharedMemoryHasItsSize() throws Exception {
        Map<String, String> knobs = Map.of("waybill.dev/shm-size", "1m");
        String script = "dd if=/dev/zero of=/dev/shm/x bs=64k count=32; echo wrote $?";
        try (LimitedContainer container = LimitedContainer.start(NONE, knobs, script)) {
            assertThat(container.exitCode()).isZero();
            assertThat(container.output()).contains("No space left on device", "wrote 1", "1048576 bytes");
        }
    }
}
