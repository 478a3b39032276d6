package dev.waybill.node.resources;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.node.oci.Command;
import dev.waybill.node.testing.Eventually;
import dev.waybill.node.testing.LimitedContainer;
import dev.waybill.node.testing.LoopDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The limits of containers on a kernel with control groups of version 2, run by {@link UnifiedLimitsIT} in a machine of
 * its own; prints a line for each check.
 */
public final class UnifiedLimits {
    private static final String NONE = "{}";
    private static final String BUSY = "while :; do :; done";

    /** A process that uses huge pages one after another, the third and later ones once it is told to. */
    private static final String PAGES = "exec perl -e '$| = 1; $at = syscall(9, 0, 8 << 20, 3, 0x44022, -1, 0);"
            + " for my $n (1..4) { while ($n == 3 && ! -e \"/tmp/more\") { select(undef, undef, undef, 0.1) }"
            + " unpack(\"P1\", pack(\"J\", $at + ($n - 1) * (2 << 20))); print \"page $n\\n\" } sleep 600'";

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
        checks.put("memoryIsOfTheNodesOfItsCpuset", () -> MemoryNodes.check(UnifiedLimits::memoryStatistics));
        checks.put("aForkBombStopsAtItsLimit", UnifiedLimits::aForkBombStopsAtItsLimit);
        checks.put("hugePagesAreLimited", UnifiedLimits::hugePagesAreLimited);
        checks.put("devicesAreAllowedOrDenied", UnifiedLimits::devicesAreAllowedOrDenied);
        checks.put("aRuleAllowsADevice", () -> DeviceRules.check(2));
        checks.put("theProcessHasItsUlimitsAndOomScore", UnifiedLimits::theProcessHasItsUlimitsAndOomScore);
        checks.put("sharedMemoryHasItsSize", UnifiedLimits::sharedMemoryHasItsSize);
        checks.put(
                "writtenBytesPerSecond",
                () -> rate("device-write-bps", "1m", "wbps=1048576", DiskBacklog.writing("64k", 32), 2 << 20));
        checks.put(
                "readBytesPerSecond",
                () -> rate("device-read-bps", "1m", "rbps=1048576", DiskBacklog.reading("64k", 32), 2 << 20));
        checks.put(
                "writesPerSecond",
                () -> rate("device-write-iops", "30", "wiops=30", DiskBacklog.writing("4k", 60), 60));
        checks.put(
                "readsPerSecond", () -> rate("device-read-iops", "30", "riops=30", DiskBacklog.reading("4k", 60), 60));
        checks.put("aWeightNeedsBfq", UnifiedLimits::aWeightNeedsBfq);
        checks.put("weightsDivideTheTimeOfADisk", UnifiedLimits::weightsDivideTheTimeOfADisk);
        checks.put("everyLimitChangesWhileTheContainerRuns", UnifiedLimits::everyLimitChangesWhileTheContainerRuns);
        checks.put("useIsCounted", CountedUse::check);
        checks.put("swapIsUsedUpToItsLimit", UnifiedLimits::swapIsUsedUpToItsLimit);
        checks.put("aReservationIsSpared", UnifiedLimits::aReservationIsSpared);
        // From here on the same machine has the controllers in version 1.
        checks.put("hugePagesAreLimitedOnVersion1", UnifiedLimits::hugePagesAreLimitedOnVersion1);
        checks.put("swapIsUsedUpToItsLimitOnVersion1", UnifiedLimits::swapIsUsedUpToItsLimit);
        checks.put("memoryIsOfTheNodesOfItsCpusetOnVersion1", () -> MemoryNodes.check(UnifiedLimits::memoryStatistics));
        checks.put("whatIsBeyondItsReservationGoesFirstOnVersion1", SoftLimits::check);
        return checks;
    }

    /** Runs the checks that are named, or all of them. */
    public static void main(String[] names) {
        System.out.println("kernel " + System.getProperty("os.version"));
        Map<String, Check> checks = checks();
        if (names.length > 0) {
            checks.keySet().retainAll(List.of(names));
        }
        checks.forEach((name, check) -> {
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

    private static void aQuotaHoldsAndCanBeChanged() throws Exception {
        try (LimitedContainer container = LimitedContainer.start("{\"limits\": {\"cpu\": \"200m\"}}", Map.of(), BUSY)) {
            assertThat(container.limits()).containsEntry("cpu.max", "20000 100000");
            CpuUse.assertQuota(container, Duration.ofMillis(20), Duration.ofMillis(100));
            assertThat(container.change("{\"limits\": {\"cpu\": \"100m\"}}", Map.of("waybill.dev/cpu-period", "50000")))
                    .containsEntry("cpu.max", "5000 50000");
            CpuUse.assertQuota(container, Duration.ofMillis(5), Duration.ofMillis(50));
            assertThat(container.change(NONE, Map.of("waybill.dev/cpu-quota", "30000")))
                    .containsEntry("cpu.max", "30000 100000");
            CpuUse.assertQuota(container, Duration.ofMillis(30), Duration.ofMillis(100));
        }
    }

    private static void sharesDivideOneCpu() throws Exception {
        Map<String, String> small = Map.of("waybill.dev/cpuset-cpus", "0", "waybill.dev/cpu-shares", "256");
        Map<String, String> large = Map.of("waybill.dev/cpuset-cpus", "0", "waybill.dev/cpu-shares", "4096");
        try (LimitedContainer first = LimitedContainer.start(NONE, small, BUSY);
                LimitedContainer second = LimitedContainer.startBeside(first, NONE, large, BUSY)) {
            double ratio = CpuUse.ratio(first, second, Duration.ofMillis(200));
            System.out.printf(
                    "weights %s : %s on one CPU: %.1f : 1%n",
                    read(second, "cpu.weight"), read(first, "cpu.weight"), ratio);
            assertThat(ratio).isGreaterThan(4);
        }
    }

    private static void theProcessSeesItsCpuset() throws Exception {
        Map<String, String> knobs = Map.of("waybill.dev/cpuset-cpus", "1", "waybill.dev/cpuset-mems", "0");
        try (LimitedContainer container = LimitedContainer.start(NONE, knobs, "exec sleep 600")) {
            assertThat(container.limits()).containsEntry("cpuset.cpus", "1").containsEntry("cpuset.mems", "0");
            assertThat(Files.readString(Path.of("/proc/" + container.pid() + "/status")))
                    .containsPattern("Cpus_allowed_list:\\s+1\\n")
                    .containsPattern("Mems_allowed_list:\\s+0\\n");
            container.change(NONE, Map.of());
            assertThat(Files.readString(Path.of("/proc/" + container.pid() + "/status")))
                    .containsPattern("Cpus_allowed_list:\\s+0-1\\n");
        }
    }

    private static Path memoryStatistics(LimitedContainer container) {
        String hierarchy = container.cgroups().version() == 2 ? "" : "/memory";
        return Path.of("/sys/fs/cgroup" + hierarchy + container.group(), "memory.numa_stat");
    }

    private static void aForkBombStopsAtItsLimit() throws Exception {
        String bomb = "bomb() { bomb | bomb & }; bomb; exec sleep 600";
        try (LimitedContainer container = LimitedContainer.start(
                "{\"limits\": {\"cpu\": \"200m\"}}", Map.of("waybill.dev/pids-limit", "20"), bomb)) {
            Eventually.holds(
                    "at its limit", () -> !read(container, "pids.events").equals("max 0"));
            assertThat(container.cgroups().usage(container.group()).pids()).isLessThanOrEqualTo(20);
            assertThat(container.limits()).containsEntry("pids.max", "20");
        }
    }

    private static void hugePagesAreLimited() throws Exception {
        hugePages("hugetlb.2MB.max");
    }

    private static void hugePages(String file) throws Exception {
        String two = "{\"limits\": {\"hugepages-2Mi\": \"4Mi\", \"memory\": \"32Mi\"}}";
        String three = "{\"limits\": {\"hugepages-2Mi\": \"6Mi\", \"memory\": \"32Mi\"}}";
        try (LimitedContainer container = LimitedContainer.start(two, Map.of(), PAGES);
                LimitedContainer without = LimitedContainer.start(NONE, Map.of(), PAGES)) {
            assertThat(container.limits()).containsEntry(file, "4194304");
            container.awaitOutput("page 2");
            assertThat(container.change(three, Map.of())).containsEntry(file, "6291456");
            Files.writeString(container.inside("/tmp/more"), "");
            assertThat(container.exitCode()).as("SIGBUS at the fourth").isEqualTo(135);
            assertThat(container.output()).contains("page 3").doesNotContain("page 4");
            assertThat(without.limits()).containsEntry(file, "0");
            assertThat(without.exitCode()).as("none that it did not ask for").isEqualTo(135);
            assertThat(without.output()).doesNotContain("page 1");
        }
    }

    private static void devicesAreAllowedOrDenied() throws Exception {
        String script = "dd if=/dev/disk bs=512 count=1 of=/dev/null; echo read $?;"
                + " dd if=/dev/zero of=/dev/disk bs=512 count=1 conv=notrunc; echo write $?";
        try (LoopDevice loop = LoopDevice.attach(1 << 20);
                LimitedContainer reader = LimitedContainer.start(
                        NONE, Map.of("waybill.dev/device", loop.path() + ":/dev/disk:r"), script);
                LimitedContainer writer = LimitedContainer.start(
                        NONE, Map.of("waybill.dev/device", loop.path() + ":/dev/disk"), script)) {
            assertThat(reader.exitCode()).isZero();
            assertThat(reader.output()).contains("read 0", "Operation not permitted", "write 1");
            assertThat(writer.exitCode()).isZero();
            assertThat(writer.output()).contains("read 0", "write 0");
        }
    }

    /** Runs a script of {@link DiskBacklog} under a limit; the rate must be reached and not passed. */
    private static void rate(String knob, String value, String line, String script, long amount) throws Exception {
        try (LoopDevice loop = LoopDevice.attach(8 << 20);
                LimitedContainer container = LimitedContainer.start(
                        NONE,
                        Map.of(
                                "waybill.dev/device",
                                loop.path() + ":/dev/disk",
                                "waybill.dev/" + knob,
                                loop.path() + ":" + value),
                        script)) {
            assertThat(container.limits().get("io.max")).contains(line);
            double rate = amount / DiskBacklog.seconds(container);
            double limit = Double.parseDouble(line.substring(line.indexOf('=') + 1));
            System.out.printf("%s %s: %.0f per second%n", knob, value, rate);
            assertThat(rate).isBetween(limit * 0.4, limit * 1.3);
        }
    }

    private static void theProcessHasItsUlimitsAndOomScore() throws Exception {
        Map<String, String> knobs =
                Map.of("waybill.dev/ulimit", "nofile=100:200,core=0", "waybill.dev/oom-score-adj", "321");
        try (LimitedContainer container =
                LimitedContainer.start(NONE, knobs, "cat /proc/self/limits /proc/self/oom_score_adj")) {
            assertThat(container.exitCode()).isZero();
            assertThat(container.output())
                    .containsPattern("Max open files\\s+100\\s+200")
                    .endsWith("321");
        }
    }

    private static void sharedMemoryHasItsSize() throws Exception {
        try (LimitedContainer container = LimitedContainer.start(
                NONE,
                Map.of("waybill.dev/shm-size", "1m"),
                "dd if=/dev/zero of=/dev/shm/x bs=64k count=32; echo wrote $?")) {
            assertThat(container.exitCode()).isZero();
            assertThat(container.output()).contains("No space left on device", "wrote 1", "1048576 bytes");
        }
    }

    /** A disk whose every answer takes 5 ms, so that its time is what is divided. */
    private static void weightsDivideTheTimeOfADisk() throws Exception {
        Files.writeString(Path.of("/sys/block/nullb0/queue/scheduler"), "bfq");
        Files.writeString(Path.of("/sys/block/nullb0/queue/iosched/low_latency"), "0");
        Files.writeString(Path.of("/sys/block/nullb0/queue/iosched/strict_guarantees"), "1");
        for (String knob : List.of("blkio-weight", "blkio-weight-device")) {
            String of = knob.equals("blkio-weight") ? "" : "/dev/nullb0:";
            double ratio = DiskContest.ratio("/dev/nullb0", "4k", knob, of + "100", of + "500", Duration.ofSeconds(6));
            assertThat(ratio).as(knob).isBetween(2.5, 10.0);
        }
        Files.writeString(Path.of("/sys/block/nullb0/queue/scheduler"), "none");
    }

    private static void everyLimitChangesWhileTheContainerRuns() throws Exception {
        try (LoopDevice loop = LoopDevice.attach(8 << 20)) {
            LiveKnobs.check(2, loop);
        }
    }

    /** A process that fills so many pieces of a mebibyte, and stays. */
    static String fill(int mebibytes) {
        return "exec perl -e '$| = 1; for my $n (1.." + mebibytes
                + ") { push @all, chr(65 + $n % 26) x (1 << 20) } print \"filled\\n\"; sleep 600'";
    }

    private static void swapIsUsedUpToItsLimit() throws Exception {
        String memory = "{\"limits\": {\"memory\": \"24Mi\"}}";
        try (LimitedContainer swapping =
                        LimitedContainer.start(memory, Map.of("waybill.dev/memory-swap", "48Mi"), fill(32));
                LimitedContainer without = LimitedContainer.start(memory, Map.of(), fill(32))) {
            swapping.awaitOutput("filled");
            long swapped = swapped(swapping);
            System.out.printf("24 MiB of memory and 24 MiB of swap: %d KiB are swapped%n", swapped >> 10);
            assertThat(swapped).isBetween(6L << 20, 24L << 20);
            assertThat(without.exitCode()).as("no swap without the annotation").isEqualTo(137);
            assertThat(without.cgroups().oomKills(without.group())).isPositive();
        }
    }

    private static long swapped(LimitedContainer container) throws Exception {
        if (container.cgroups().version() == 2) {
            return Long.parseLong(read(container, "memory.swap.current"));
        }
        Path directory = Path.of("/sys/fs/cgroup/memory" + container.group());
        return Long.parseLong(Files.readString(directory.resolve("memory.memsw.usage_in_bytes"))
                        .strip())
                - Long.parseLong(Files.readString(directory.resolve("memory.usage_in_bytes"))
                        .strip());
    }

    /** When the whole machine reclaims, what has no reservation goes first, however high the groups are nested. */
    private static void aReservationIsSpared() throws Exception {
        try (LimitedContainer reserved =
                        LimitedContainer.start(NONE, Map.of("waybill.dev/memory-reservation", "40Mi"), fill(24));
                LimitedContainer plain = LimitedContainer.startBeside(reserved, NONE, Map.of(), fill(24))) {
            reserved.awaitOutput("filled");
            plain.awaitOutput("filled");
            Path reclaim = Path.of("/sys/fs/cgroup/memory.reclaim");
            for (int tries = 0; memory(plain) > (12 << 20); tries++) {
                assertThat(tries).as("reclaim moves the unreserved").isLessThan(200);
                try {
                    Files.writeString(reclaim, "4M");
                } catch (IOException e) {
                    // It found less than that.
                }
            }
            System.out.printf(
                    "reclaimed until %d KiB without a reservation are left: %d KiB with one%n",
                    memory(plain) >> 10, memory(reserved) >> 10);
            assertThat(memory(reserved)).isGreaterThan(22 << 20);
            for (Path group = Path.of(reserved.group()).getParent();
                    group.getNameCount() > 0;
                    group = group.getParent()) {
                assertThat(Files.readString(Path.of("/sys/fs/cgroup" + group, "memory.low")))
                        .as(group.toString())
                        .isEqualTo("41943040\n");
            }
            reserved.change(NONE, Map.of());
            assertThat(Files.readString(Path.of("/sys/fs/cgroup" + reserved.podGroup(), "memory.low")))
                    .isEqualTo("0\n");
        }
    }

    private static long memory(LimitedContainer container) throws Exception {
        return Long.parseLong(read(container, "memory.current"));
    }

    private static void hugePagesAreLimitedOnVersion1() throws Exception {
        Command.run(List.of("umount", "/sys/fs/cgroup"));
        Command.run(List.of("mount", "-t", "tmpfs", "none", "/sys/fs/cgroup"));
        // Without blkio: the kernel does not let go of what io was used for.
        for (String controller :
                List.of("memory", "cpu", "cpuacct", "cpuset", "pids", "devices", "freezer", "hugetlb")) {
            Path directory = Files.createDirectory(Path.of("/sys/fs/cgroup", controller));
            Command.run(List.of("mount", "-t", "cgroup", "-o", controller, "none", directory.toString()));
        }
        hugePages("hugetlb.2MB.limit_in_bytes");
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
}
