package dev.waybill.node.resources;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.node.testing.LimitedContainer;
import dev.waybill.node.testing.LoopDevice;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Every limit that can change while a container runs, set, changed, taken away and set again in one container, with each
 * file of the kernel read after each change. The disk must use BFQ. Stateless.
 */
final class LiveKnobs {
    private static final String PREFIX = "waybill.dev/";

    private LiveKnobs() {}

    /** Resources and annotations of a container, and what its files hold then. */
    record Step(String resources, Map<String, String> annotations, Map<String, String> files) {}

    static List<Step> onVersion1(String disk, String number) {
        return List.of(
                new Step(
                        "{\"limits\": {\"memory\": \"64Mi\"}}",
                        annotations(
                                disk,
                                Map.of("memory-swappiness", "7", "oom-kill-disable", "true", "memory-swap", "96Mi"),
                                false),
                        with(
                                Map.of(
                                        "memory.limit_in_bytes", "67108864",
                                        "memory.memsw.limit_in_bytes", "100663296",
                                        "memory.soft_limit_in_bytes", "33554432",
                                        "memory.swappiness", "7",
                                        "memory.oom_control", "oom_kill_disable 1",
                                        "cpu.shares", "512",
                                        "cpu.cfs_period_us", "50000",
                                        "cpu.cfs_quota_us", "20000"),
                                Map.of(
                                        "cpuset.cpus", "0",
                                        "cpuset.mems", "0",
                                        "blkio.bfq.weight", "300",
                                        "blkio.throttle.read_bps_device", number + " 1048576",
                                        "blkio.throttle.write_bps_device", number + " 2097152",
                                        "blkio.throttle.read_iops_device", number + " 100",
                                        "blkio.throttle.write_iops_device", number + " 200",
                                        "blkio.bfq.weight_device", "default 300; " + number + " 400",
                                        "pids.max", "50"))),
                new Step(
                        "{\"limits\": {\"memory\": \"32Mi\"}}",
                        annotations(disk, Map.of("memory-swappiness", "9", "memory-swap", "-1"), true),
                        with(
                                Map.of(
                                        "memory.limit_in_bytes", "33554432",
                                        "memory.memsw.limit_in_bytes", "9223372036854771712",
                                        "memory.soft_limit_in_bytes", "16777216",
                                        "memory.swappiness", "9",
                                        "memory.oom_control", "oom_kill_disable 0",
                                        "cpu.shares", "1024",
                                        "cpu.cfs_period_us", "20000",
                                        "cpu.cfs_quota_us", "5000"),
                                Map.of(
                                        "cpuset.cpus", "1",
                                        "cpuset.mems", "0",
                                        "blkio.bfq.weight", "500",
                                        "blkio.throttle.read_bps_device", number + " 3145728",
                                        "blkio.throttle.write_bps_device", number + " 4194304",
                                        "blkio.throttle.read_iops_device", number + " 300",
                                        "blkio.throttle.write_iops_device", number + " 400",
                                        "blkio.bfq.weight_device", "default 500; " + number + " 600",
                                        "pids.max", "60"))),
                new Step(
                        "{}",
                        Map.of(),
                        with(
                                Map.of(
                                        "memory.limit_in_bytes", "9223372036854771712",
                                        "memory.memsw.limit_in_bytes", "9223372036854771712",
                                        "memory.soft_limit_in_bytes", "9223372036854771712",
                                        "memory.oom_control", "oom_kill_disable 0",
                                        "cpu.shares", "2",
                                        "cpu.cfs_quota_us", "-1"),
                                Map.of(
                                        "cpuset.cpus", "0-1",
                                        "cpuset.mems", "0",
                                        "blkio.bfq.weight", "100",
                                        "blkio.bfq.weight_device", "default 100",
                                        "pids.max", "max"))));
    }

    static List<Step> onVersion2(String disk, String number) {
        return List.of(
                new Step(
                        "{\"limits\": {\"memory\": \"64Mi\", \"hugepages-2Mi\": \"4Mi\"}}",
                        annotations(disk, Map.of("memory-swap", "96Mi"), false),
                        with(
                                Map.of(
                                        "memory.max", "67108864",
                                        "memory.swap.max", "33554432",
                                        "memory.low", "33554432",
                                        "cpu.weight", "20",
                                        "cpu.max", "20000 50000",
                                        "hugetlb.2MB.max", "4194304"),
                                Map.of(
                                        "cpuset.cpus", "0",
                                        "cpuset.mems", "0",
                                        "io.bfq.weight", "default 300; " + number + " 400",
                                        "io.max", number + " rbps=1048576 wbps=2097152 riops=100 wiops=200",
                                        "pids.max", "50"))),
                new Step(
                        "{\"limits\": {\"memory\": \"32Mi\", \"hugepages-2Mi\": \"2Mi\"}}",
                        annotations(disk, Map.of("memory-swap", "-1"), true),
                        with(
                                Map.of(
                                        "memory.max", "33554432",
                                        "memory.swap.max", "max",
                                        "memory.low", "16777216",
                                        "cpu.weight", "39",
                                        "cpu.max", "5000 20000",
                                        "hugetlb.2MB.max", "2097152"),
                                Map.of(
                                        "cpuset.cpus", "1",
                                        "cpuset.mems", "0",
                                        "io.bfq.weight", "default 500; " + number + " 600",
                                        "io.max", number + " rbps=3145728 wbps=4194304 riops=300 wiops=400",
                                        "pids.max", "60"))),
                new Step(
                        "{}",
                        Map.of(),
                        with(
                                Map.of(
                                        "memory.max", "max",
                                        "memory.swap.max", "max",
                                        "memory.low", "0",
                                        "cpu.weight", "1",
                                        "cpu.max", "max 100000",
                                        "hugetlb.2MB.max", "0"),
                                Map.of(
                                        "cpuset.cpus", "0-1",
                                        "cpuset.mems", "0-1",
                                        "io.bfq.weight", "default 100",
                                        "pids.max", "max"))));
    }

    /** What both versions know, in its first form or changed. */
    private static Map<String, String> annotations(String disk, Map<String, String> more, boolean changed) {
        Map<String, String> annotations = new TreeMap<>();
        more.forEach((knob, value) -> annotations.put(PREFIX + knob, value));
        String[] values = changed
                ? new String[] {"16Mi", "1024", "20000", "5000", "1", "500", "600", "3m", "4m", "300", "400", "60"}
                : new String[] {"32Mi", "512", "50000", "20000", "0", "300", "400", "1m", "2m", "100", "200", "50"};
        List<String> knobs = List.of(
                "memory-reservation",
                "cpu-shares",
                "cpu-period",
                "cpu-quota",
                "cpuset-cpus",
                "blkio-weight",
                "blkio-weight-device",
                "device-read-bps",
                "device-write-bps",
                "device-read-iops",
                "device-write-iops",
                "pids-limit");
        for (int index = 0; index < values.length; index++) {
            boolean ofDisk = knobs.get(index).contains("device");
            annotations.put(PREFIX + knobs.get(index), (ofDisk ? disk + ":" : "") + values[index]);
        }
        annotations.put(PREFIX + "cpuset-mems", "0");
        return annotations;
    }

    private static Map<String, String> with(Map<String, String> some, Map<String, String> more) {
        Map<String, String> all = new TreeMap<>(some);
        all.putAll(more);
        return all;
    }

    /** Goes through the steps in one container, whose process stays the same, and back to the first. */
    static void check(int version, LoopDevice loop) throws Exception {
        assertThat(loop.schedule("bfq")).isTrue();
        List<Step> steps =
                version == 1 ? onVersion1(loop.path(), loop.number()) : onVersion2(loop.path(), loop.number());
        Step first = steps.getFirst();
        try (LimitedContainer container =
                LimitedContainer.start(first.resources(), first.annotations(), "exec sleep 600")) {
            assertThat(container.limits()).containsAllEntriesOf(first.files());
            int pid = container.pid();
            for (Step step : List.of(steps.get(1), steps.get(2), first, steps.get(1), first, steps.get(2))) {
                Map<String, String> read = container.change(step.resources(), step.annotations());
                assertThat(read).containsAllEntriesOf(step.files());
                assertThat(read.keySet())
                        .as("rates that nobody wants any more")
                        .filteredOn(file -> file.contains("throttle") || file.equals("io.max"))
                        .allMatch(step.files()::containsKey);
            }
            assertThat(ProcessHandle.of(pid)).isPresent();
        }
    }
}
