package dev.waybill.node.resources;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.node.testing.LimitedContainer;
import dev.waybill.node.testing.LoopDevice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The limits of containers on a kernel with control groups of version 2, run by {@link UnifiedLimitsIT} in a machine of
 * its own; prints a line for each check.
 */
public final class UnifiedLimits {
    private static final String NONE = "{}";
    private static final String BUSY = "while :; do :; done";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private interface Check {
        void run() throws Exception;
    }

    private UnifiedLimits() {}

    static Map<String, Check> checks() {
        Map<String, Check> checks = new LinkedHashMap<>();
        checks.put("memorySwapAndReservation", UnifiedLimits::memorySwapAndReservation);
        checks.put("anOomKillIsTheContainersOwn", UnifiedLimits::anOomKillIsTheContainersOwn);
        checks.put("aQuotaHoldsAndCanBeChanged", UnifiedLimits::aQuotaHoldsAndCanBeChanged);
        checks.put("sharesDivideOneCpu", UnifiedLimits::sharesDivideOneCpu);
        checks.put("theProcessSeesItsCpuset", UnifiedLimits::theProcessSeesItsCpuset);
        checks.put("aForkBombStopsAtItsLimit", UnifiedLimits::aForkBombStopsAtItsLimit);
        checks.put("hugePagesAreLimited", UnifiedLimits::hugePagesAreLimited);
        checks.put("devicesAreAllowedOrDenied", UnifiedLimits::devicesAreAllowedOrDenied);
        checks.put("writtenBytesPerSecond", UnifiedLimits::writtenBytesPerSecond);
        checks.put("aWeightNeedsBfq", UnifiedLimits::aWeightNeedsBfq);
        return checks;
    }

    public static void main(String[] arguments) {
        System.out.println("kernel " + System.getProperty("os.version"));
        checks().forEach((name, check) -> {
            long begun = System.nanoTime();
            try {
                check.run();
                System.out.printf("ok %s in %d ms%n", name, (System.nanoTime() - begun) / 1_000_000);
            } catch (Exception | AssertionError e) {
                System.out.println("failed " + name + ": " + e.toString().replaceAll("\\s+", " "));
            }
        });
    }

    private static String read(LimitedContainer container, String file) throws Exception {
        return Files.readString(Path.of("/sys/fs/cgroup" + container.group(), file))
                .strip();
    }

    private static void memorySwapAndReservation() throws Exception {
        Map<String, String> knobs = Map.of("waybill.dev/memory-swap", "48Mi", "waybill.dev/memory-reservation", "16Mi");
        try (LimitedContainer container =
                LimitedContainer.start("{\"limits\": {\"memory\": \"32Mi\"}}", knobs, "exec sleep 600")) {
            assertThat(container.limits())
                    .containsEntry("memory.max", "33554432")
                    .containsEntry("memory.swap.max", "16777216")
                    .containsEntry("memory.low", "16777216");
            assertThat(container.change("{\"limits\": {\"memory\": \"64Mi\"}}", Map.of()))
                    .containsEntry("memory.max", "67108864")
                    .containsEntry("memory.swap.max", "0")
                    .containsEntry("memory.low", "0");
            assertThat(container.cgroups().usage(container.group()).memoryBytes())
                    .isPositive();
        }
    }

    private static void anOomKillIsTheContainersOwn() throws Exception {
        String memory = "{\"limits\": {\"memory\": \"16Mi\"}}";
        try (LimitedContainer eater = LimitedContainer.start(memory, Map.of(), "exec tail /dev/zero");
                LimitedContainer other = LimitedContainer.start(memory, Map.of(), "exec sleep 600")) {
            assertThat(eater.exitCode()).isEqualTo(137);
            assertThat(eater.cgroups().oomKills(eater.group())).isPositive();
            assertThat(other.cgroups().oomKills(other.group())).isZero();
        }
    }

    private static double coresUsed(LimitedContainer container) throws Exception {
        long before = container.cgroups().usage(container.group()).cpuNanos();
        long begun = System.nanoTime();
        Thread.sleep(Duration.ofSeconds(3));
        long used = container.cgroups().usage(container.group()).cpuNanos() - before;
        return (double) used / (System.nanoTime() - begun);
    }

    private static void aQuotaHoldsAndCanBeChanged() throws Exception {
        try (LimitedContainer container = LimitedContainer.start("{\"limits\": {\"cpu\": \"200m\"}}", Map.of(), BUSY)) {
            assertThat(container.limits()).containsEntry("cpu.max", "20000 100000");
            double cores = coresUsed(container);
            System.out.printf("quota of 0.200 cores: %.3f used%n", cores);
            assertThat(cores).isBetween(0.1, 0.24);
            assertThat(container.change("{\"limits\": {\"cpu\": \"100m\"}}", Map.of("waybill.dev/cpu-period", "50000")))
                    .containsEntry("cpu.max", "5000 50000");
            double less = coresUsed(container);
            System.out.printf("changed to 0.100 cores: %.3f used%n", less);
            assertThat(less).isBetween(0.04, 0.13);
        }
    }

    private static void sharesDivideOneCpu() throws Exception {
        Map<String, String> small = Map.of("waybill.dev/cpuset-cpus", "0", "waybill.dev/cpu-shares", "256");
        Map<String, String> large = Map.of("waybill.dev/cpuset-cpus", "0", "waybill.dev/cpu-shares", "4096");
        try (LimitedContainer first = LimitedContainer.start(NONE, small, BUSY);
                LimitedContainer second = LimitedContainer.startBeside(first, NONE, large, BUSY)) {
            long[] before = {used(first), used(second)};
            Thread.sleep(Duration.ofSeconds(4));
            double ratio = (double) (used(second) - before[1]) / Math.max(1, used(first) - before[0]);
            System.out.printf(
                    "weights %s : %s on one CPU: %.1f : 1%n",
                    read(second, "cpu.weight"), read(first, "cpu.weight"), ratio);
            assertThat(ratio).isGreaterThan(4);
        }
    }

    private static long used(LimitedContainer container) {
        return container.cgroups().usage(container.group()).cpuNanos();
    }

    private static void theProcessSeesItsCpuset() throws Exception {
        Map<String, String> knobs = Map.of("waybill.dev/cpuset-cpus", "1", "waybill.dev/cpuset-mems", "0");
        try (LimitedContainer container = LimitedContainer.start(NONE, knobs, "exec sleep 600")) {
            assertThat(container.limits()).containsEntry("cpuset.cpus", "1").containsEntry("cpuset.mems", "0");
            assertThat(Files.readString(Path.of("/proc/" + container.pid() + "/status")))
                    .containsPattern("Cpus_allowed_list:\\s+1\\n");
            container.change(NONE, Map.of());
            assertThat(Files.readString(Path.of("/proc/" + container.pid() + "/status")))
                    .containsPattern("Cpus_allowed_list:\\s+0-1\\n");
        }
    }

    private static void aForkBombStopsAtItsLimit() throws Exception {
        String bomb = "bomb() { bomb | bomb & }; bomb; exec sleep 600";
        try (LimitedContainer container = LimitedContainer.start(
                "{\"limits\": {\"cpu\": \"200m\"}}", Map.of("waybill.dev/pids-limit", "20"), bomb)) {
            await(() -> !read(container, "pids.events").equals("max 0"));
            assertThat(container.cgroups().usage(container.group()).pids()).isLessThanOrEqualTo(20);
            assertThat(container.limits()).containsEntry("pids.max", "20");
        }
    }

    private static void hugePagesAreLimited() throws Exception {
        try (LimitedContainer container = LimitedContainer.start(
                "{\"limits\": {\"hugepages-2Mi\": \"4Mi\", \"memory\": \"32Mi\"}}", Map.of(), "exec sleep 600")) {
            assertThat(container.limits()).containsEntry("hugetlb.2MB.max", "4194304");
            assertThat(read(container, "hugetlb.2MB.max")).isEqualTo("4194304");
        }
    }

    private static void devicesAreAllowedOrDenied() throws Exception {
        String script = "dd if=/dev/disk bs=512 count=1 of=/dev/null; echo read $?;"
                + " dd if=/dev/zero of=/dev/disk bs=512 count=1 conv=notrunc; echo write $?";
        try (LoopDevice loop = LoopDevice.attach(1 << 20);
                LimitedContainer reader = LimitedContainer.start(
                        NONE, Map.of("waybill.dev/device", loop.path() + ":/dev/disk:r"), script)) {
            assertThat(reader.exitCode()).isZero();
            assertThat(reader.output()).contains("read 0", "Operation not permitted", "write 1");
        }
    }

    private static void writtenBytesPerSecond() throws Exception {
        String script = "dd if=/dev/zero of=/dev/disk bs=64k count=48 oflag=direct";
        try (LoopDevice loop = LoopDevice.attach(8 << 20);
                LimitedContainer container = LimitedContainer.start(
                        NONE,
                        Map.of(
                                "waybill.dev/device",
                                loop.path() + ":/dev/disk",
                                "waybill.dev/device-write-bps",
                                loop.path() + ":1m"),
                        script)) {
            long begun = System.nanoTime();
            assertThat(container.limits().get("io.max")).contains("wbps=1048576");
            assertThat(container.exitCode()).isZero();
            double seconds = (System.nanoTime() - begun) / 1e9;
            System.out.printf("3 MiB at 1 MiB/s: %.1f s%n", seconds);
            assertThat(seconds).isGreaterThan(1.9);
        }
    }

    private static void aWeightNeedsBfq() throws Exception {
        Map<String, String> knobs = Map.of("waybill.dev/blkio-weight", "300");
        try (LoopDevice loop = LoopDevice.attach(8 << 20)) {
            assertThat(loop.schedule("bfq")).isTrue();
            try (LimitedContainer container = LimitedContainer.start(NONE, knobs, "exec sleep 600")) {
                assertThat(container.limits().get("io.bfq.weight")).contains("300");
            }
        }
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.sleep(50);
        }
    }
}
