package dev.waybill.node.cgroup;

import dev.waybill.node.resources.CgroupLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** The files of control groups version 2 that hold limits (Documentation/admin-guide/cgroup-v2.rst). Stateless. */
final class SettingsV2 {
    private static final long PAGE = 4096;
    private static final int DEFAULT_WEIGHT = 100;
    private static final int MIN_BLKIO_WEIGHT = 10;
    private static final int MAX_BLKIO_WEIGHT = 1000;

    private SettingsV2() {}

    static List<Setting> of(CgroupLimits limits, Path directory) {
        List<Setting> settings = new ArrayList<>();
        memory(settings, limits.memory(), directory);
        CgroupLimits.Cpu cpu = limits.cpu();
        settings.add(new Setting.Value(directory.resolve("cpu.weight"), true, Long.toString(cpu.weight())));
        settings.add(new Setting.Value(directory.resolve("cpu.max"), cpu.quotaMicros() > 0, cpuMax(cpu)));
        settings.add(inherited(directory, "cpuset.cpus", cpu.cpus()));
        settings.add(inherited(directory, "cpuset.mems", cpu.nodes()));
        io(settings, limits.io(), directory);
        settings.add(new Setting.Value(
                directory.resolve("pids.max"),
                limits.pids() > 0,
                limits.pids() > 0 ? Long.toString(limits.pids()) : "max"));
        limits.hugepages()
                .forEach((size, bytes) -> settings.add(
                        new Setting.Value(directory.resolve("hugetlb." + size + ".max"), true, Long.toString(bytes))));
        return settings;
    }

    static String cpuMax(CgroupLimits.Cpu cpu) {
        return (cpu.quotaMicros() > 0 ? Long.toString(cpu.quotaMicros()) : "max") + " " + cpu.periodMicros();
    }

    private static void memory(List<Setting> settings, CgroupLimits.Memory memory, Path directory) {
        settings.add(bytes(directory.resolve("memory.max"), memory.limitBytes(), "max"));
        // Version 2 counts swap alone.
        long swap = memory.withSwapBytes() - memory.limitBytes();
        boolean limited = memory.limitBytes() > 0 && memory.withSwapBytes() > 0;
        Path swapFile = directory.resolve("memory.swap.max");
        if (limited && swap == 0) {
            settings.add(new Setting.Value(swapFile, false, "0"));
        } else {
            settings.add(bytes(swapFile, limited ? swap : 0, "max"));
        }
        settings.add(reservation(directory, memory.reservationBytes()));
    }

    /** Reclaim spares of a group no more than the groups above it spare, so a group has the sum of those below, if that is more. */
    static Setting reservation(Path directory, long own) {
        long below = 0;
        for (String child : CgroupFiles.children(directory)) {
            below += reservation(directory.resolve(child));
        }
        return bytes(directory.resolve("memory.low"), Math.max(own, below), "0");
    }

    /** What reclaim spares of a group; one that is just going away has nothing. */
    static long reservation(Path directory) {
        String text = CgroupFiles.readIfThere(directory.resolve("memory.low"));
        return text.isEmpty() ? 0 : text.equals("max") ? Long.MAX_VALUE / 2 : Long.parseLong(text);
    }

    private static Setting bytes(Path file, long bytes, String none) {
        return bytes > 0
                ? new Setting.Value(file, true, Long.toString(bytes), Long.toString(bytes / PAGE * PAGE))
                : new Setting.Value(file, false, none);
    }

    /**
     * An empty line lets the group have what its parent has; an empty write would not reach the kernel. A group that has a
     * list and processes cannot be given an empty one, so it gets its parent's.
     */
    private static Setting inherited(Path directory, String name, String list) {
        Path file = directory.resolve(name);
        if (!list.isEmpty()) {
            return new Setting.Value(file, true, list);
        }
        Path parents = directory.resolveSibling(name + ".effective");
        boolean had = !CgroupFiles.readIfThere(file).isEmpty();
        return had && Files.exists(parents)
                ? new Setting.Value(file, false, CgroupFiles.read(parents))
                : new Setting.Value(file, false, "\n", "");
    }

    private static void io(List<Setting> settings, CgroupLimits.BlockIo io, Path directory) {
        boolean bfq = Files.exists(directory.resolve("io.bfq.weight"));
        Path weights = directory.resolve(bfq ? "io.bfq.weight" : "io.weight");
        long weight = io.weight() > 0 ? weight(io.weight(), bfq) : DEFAULT_WEIGHT;
        settings.add(new Setting.Line(weights, io.weight() > 0, "default " + weight, "default " + weight));
        Map<String, String> byDevice = new TreeMap<>();
        io.deviceWeights().forEach((device, value) -> byDevice.put(device, Long.toString(weight(value, bfq))));
        settings.add(new Setting.PerDevice(weights, byDevice, "default"));
        settings.add(
                new Setting.PerDevice(directory.resolve("io.max"), rates(io), "rbps=max wbps=max riops=max wiops=max"));
    }

    /** BFQ has the weights of version 1; io.weight has 1..10000 for 10..1000. */
    static long weight(long weight, boolean bfq) {
        return bfq ? weight : 1 + (weight - MIN_BLKIO_WEIGHT) * 9999 / (MAX_BLKIO_WEIGHT - MIN_BLKIO_WEIGHT);
    }

    private static Map<String, String> rates(CgroupLimits.BlockIo io) {
        TreeSet<String> devices = new TreeSet<>(io.readBps().keySet());
        devices.addAll(io.writeBps().keySet());
        devices.addAll(io.readIops().keySet());
        devices.addAll(io.writeIops().keySet());
        Map<String, String> lines = new TreeMap<>();
        devices.forEach(device -> lines.put(
                device,
                "rbps=" + rate(io.readBps(), device) + " wbps=" + rate(io.writeBps(), device) + " riops="
                        + rate(io.readIops(), device) + " wiops=" + rate(io.writeIops(), device)));
        return lines;
    }

    private static String rate(Map<String, Long> rates, String device) {
        Long rate = rates.get(device);
        return rate == null ? "max" : Long.toString(rate);
    }
}
