package dev.waybill.node.cgroup;

import dev.waybill.node.resources.CgroupLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The files of control groups version 1 that hold limits (Documentation/admin-guide/cgroup-v1), in the order in which
 * the kernel takes a change. Stateless.
 */
final class SettingsV1 {
    static final String MEMORY_LIMIT = "memory.limit_in_bytes";
    static final String SWAP_LIMIT = "memory.memsw.limit_in_bytes";
    /** PAGE_COUNTER_MAX in bytes: what the kernel shows where there is no limit. */
    static final String UNLIMITED = "9223372036854771712";

    private static final long PAGE = 4096;
    private static final int DEFAULT_WEIGHT = 100;

    private SettingsV1() {}

    /** The settings of a group; {@code directories} gives its directory by controller. */
    static List<Setting> of(CgroupLimits limits, Function<String, Path> directories) {
        List<Setting> settings = new ArrayList<>();
        memory(settings, limits.memory(), directories.apply("memory"));
        cpu(settings, limits.cpu(), directories.apply("cpu"));
        cpuset(settings, limits.cpu(), directories.apply("cpuset"));
        io(settings, limits.io(), directories.apply("blkio"));
        settings.add(new Setting.Value(
                directories.apply("pids").resolve("pids.max"),
                limits.pids() > 0,
                limits.pids() > 0 ? Long.toString(limits.pids()) : "max"));
        Path hugetlb = directories.apply("hugetlb");
        limits.hugepages()
                .forEach((size, bytes) -> settings.add(new Setting.Value(
                        hugetlb.resolve("hugetlb." + size + ".limit_in_bytes"), true, Long.toString(bytes))));
        return settings;
    }

    private static void memory(List<Setting> settings, CgroupLimits.Memory memory, Path directory) {
        Setting limit = bytes(directory.resolve(MEMORY_LIMIT), memory.limitBytes());
        Path swapFile = directory.resolve(SWAP_LIMIT);
        Setting withSwap = bytes(swapFile, memory.withSwapBytes());
        // The kernel keeps memory <= memory and swap at every moment.
        boolean growing = Files.exists(swapFile)
                && (memory.withSwapBytes() == 0 || memory.withSwapBytes() > CgroupFiles.number(swapFile));
        if (growing) {
            settings.add(withSwap);
            settings.add(limit);
        } else {
            settings.add(limit);
            if (Files.exists(swapFile)) {
                settings.add(withSwap);
            }
        }
        settings.add(bytes(directory.resolve("memory.soft_limit_in_bytes"), memory.reservationBytes()));
        String parents = CgroupFiles.readIfThere(directory.resolveSibling("memory.swappiness"));
        String swappiness = memory.swappiness() >= 0 ? Integer.toString(memory.swappiness()) : parents;
        if (!swappiness.isEmpty()) {
            settings.add(
                    new Setting.Value(directory.resolve("memory.swappiness"), memory.swappiness() >= 0, swappiness));
        }
        String disable = memory.oomKillDisabled() ? "1" : "0";
        settings.add(new Setting.Line(
                directory.resolve("memory.oom_control"),
                memory.oomKillDisabled(),
                disable,
                "oom_kill_disable " + disable));
    }

    /** The kernel keeps limits in pages. */
    private static Setting bytes(Path file, long bytes) {
        return bytes > 0
                ? new Setting.Value(file, true, Long.toString(bytes), Long.toString(bytes / PAGE * PAGE))
                : new Setting.Value(file, false, "-1", UNLIMITED);
    }

    private static void cpu(List<Setting> settings, CgroupLimits.Cpu cpu, Path directory) {
        settings.add(new Setting.Value(directory.resolve("cpu.shares"), true, Long.toString(cpu.shares())));
        boolean limited = cpu.quotaMicros() > 0;
        Path periodFile = directory.resolve("cpu.cfs_period_us");
        Path quotaFile = directory.resolve("cpu.cfs_quota_us");
        Setting period = new Setting.Value(periodFile, limited, Long.toString(cpu.periodMicros()));
        if (Files.exists(periodFile) && !period.inForce()) {
            // A period alone could break the rule that no child has more than its parent.
            settings.add(new Setting.Value(quotaFile, false, "-1"));
        }
        settings.add(period);
        settings.add(new Setting.Value(quotaFile, limited, limited ? Long.toString(cpu.quotaMicros()) : "-1"));
    }

    private static void cpuset(List<Setting> settings, CgroupLimits.Cpu cpu, Path directory) {
        for (String file : List.of("cpuset.cpus", "cpuset.mems")) {
            String wanted = file.equals("cpuset.cpus") ? cpu.cpus() : cpu.nodes();
            Path parents = directory.resolveSibling(file);
            if (!wanted.isEmpty()) {
                settings.add(new Setting.Value(directory.resolve(file), true, wanted));
            } else if (Files.exists(directory.resolve(file)) && Files.exists(parents)) {
                settings.add(new Setting.Value(directory.resolve(file), false, CgroupFiles.read(parents)));
            }
        }
    }

    private static void io(List<Setting> settings, CgroupLimits.BlockIo io, Path directory) {
        String weight = Integer.toString(io.weight() > 0 ? io.weight() : DEFAULT_WEIGHT);
        settings.add(new Setting.Value(directory.resolve("blkio.bfq.weight"), io.weight() > 0, weight));
        settings.add(devices(directory, "blkio.bfq.weight_device", io.deviceWeights(), "default"));
        settings.add(devices(directory, "blkio.throttle.read_bps_device", io.readBps(), "0"));
        settings.add(devices(directory, "blkio.throttle.write_bps_device", io.writeBps(), "0"));
        settings.add(devices(directory, "blkio.throttle.read_iops_device", io.readIops(), "0"));
        settings.add(devices(directory, "blkio.throttle.write_iops_device", io.writeIops(), "0"));
    }

    private static Setting devices(Path directory, String file, Map<String, Long> values, String reset) {
        Map<String, String> texts = new TreeMap<>();
        values.forEach((device, value) -> texts.put(device, Long.toString(value)));
        return new Setting.PerDevice(directory.resolve(file), texts, reset);
    }
}
