package dev.waybill.node.cgroup;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Control groups version 1: one hierarchy per controller (Documentation/admin-guide/cgroup-v1). Thread-safe. */
final class CgroupV1 implements Cgroups {
    private static final List<String> CONTROLLERS = List.of(
            "memory",
            "cpu",
            "cpuacct",
            "pids",
            "blkio",
            "cpuset",
            "devices",
            "freezer",
            "hugetlb",
            "net_cls",
            "net_prio",
            "perf_event",
            "rdma",
            "misc",
            "systemd",
            "unified");
    private static final String MEMORY_LIMIT = "memory.limit_in_bytes";
    private static final String SWAP_LIMIT = "memory.memsw.limit_in_bytes";

    private final Path root;

    CgroupV1(Path root) {
        this.root = root;
    }

    private Path directory(String controller, String group) {
        return root.resolve(controller).resolve(group.substring(1));
    }

    @Override
    public Map<String, String> create(String group, CgroupLimits limits) {
        for (String controller : List.of("memory", "cpu", "pids")) {
            CgroupFiles.makeDirectories(directory(controller, group));
        }
        if (limits.memoryBytes() > 0) {
            CgroupFiles.write(directory("memory", group).resolve(MEMORY_LIMIT), Long.toString(limits.memoryBytes()));
        }
        Path cpu = directory("cpu", group);
        CgroupFiles.write(cpu.resolve("cpu.shares"), Long.toString(limits.cpuShares()));
        if (limits.cpuQuotaMicros() > 0) {
            CgroupFiles.write(cpu.resolve("cpu.cfs_period_us"), Long.toString(CgroupLimits.PERIOD_MICROS));
            CgroupFiles.write(cpu.resolve("cpu.cfs_quota_us"), Long.toString(limits.cpuQuotaMicros()));
        }
        if (limits.pids() > 0) {
            CgroupFiles.write(directory("pids", group).resolve("pids.max"), Long.toString(limits.pids()));
        }
        return verify(group, limits);
    }

    @Override
    public void setShares(String group, long shares) {
        Path file = directory("cpu", group).resolve("cpu.shares");
        if (Files.exists(file)) {
            CgroupFiles.write(file, Long.toString(shares));
        }
    }

    @Override
    public Map<String, String> limits(String group) {
        Map<String, String> limits = new LinkedHashMap<>();
        put(limits, "memory", group, MEMORY_LIMIT);
        put(limits, "memory", group, SWAP_LIMIT);
        put(limits, "cpu", group, "cpu.shares");
        put(limits, "cpu", group, "cpu.cfs_period_us");
        put(limits, "cpu", group, "cpu.cfs_quota_us");
        put(limits, "pids", group, "pids.max");
        return limits;
    }

    private void put(Map<String, String> limits, String controller, String group, String name) {
        Path file = directory(controller, group).resolve(name);
        if (Files.exists(file)) {
            limits.put(name, CgroupFiles.read(file));
        }
    }

    @Override
    public Map<String, String> verify(String group, CgroupLimits wanted) {
        Path cpu = directory("cpu", group);
        CgroupFiles.verify(group, cpu, "cpu.shares", Long.toString(wanted.cpuShares()));
        if (wanted.cpuQuotaMicros() > 0) {
            CgroupFiles.verify(group, cpu, "cpu.cfs_quota_us", Long.toString(wanted.cpuQuotaMicros()));
            CgroupFiles.verify(group, cpu, "cpu.cfs_period_us", Long.toString(CgroupLimits.PERIOD_MICROS));
        }
        if (wanted.memoryBytes() > 0) {
            CgroupFiles.verify(
                    group, directory("memory", group), MEMORY_LIMIT, Long.toString(pages(wanted.memoryBytes())));
        }
        if (wanted.pids() > 0) {
            CgroupFiles.verify(group, directory("pids", group), "pids.max", Long.toString(wanted.pids()));
        }
        return limits(group);
    }

    /** The kernel keeps limits in pages. */
    static long pages(long bytes) {
        return bytes / 4096 * 4096;
    }

    @Override
    public CgroupUsage usage(String group) {
        Path memory = directory("memory", group);
        long used = CgroupFiles.number(memory.resolve("memory.usage_in_bytes"));
        long inactive = CgroupFiles.keyed(memory.resolve("memory.stat")).getOrDefault("total_inactive_file", 0L);
        Map<String, Long> io = io(directory("blkio", group).resolve("blkio.throttle.io_service_bytes_recursive"));
        return new CgroupUsage(
                CgroupFiles.number(directory("cpuacct", group).resolve("cpuacct.usage")),
                used,
                Math.max(0, used - inactive),
                io.getOrDefault("Read", 0L),
                io.getOrDefault("Write", 0L),
                (int) CgroupFiles.number(directory("pids", group).resolve("pids.current")));
    }

    /** Lines of the form {@code 253:0 Read 4096}, summed over the devices. */
    static Map<String, Long> io(Path file) {
        Map<String, Long> totals = new LinkedHashMap<>();
        if (Files.exists(file)) {
            for (String line : CgroupFiles.read(file).lines().toList()) {
                String[] words = line.split(" ", -1);
                if (words.length == 3) {
                    totals.merge(words[1], Long.parseLong(words[2]), Long::sum);
                }
            }
        }
        return totals;
    }

    @Override
    public long oomKills(String group) {
        Path file = directory("memory", group).resolve("memory.oom_control");
        return Files.exists(file) ? CgroupFiles.keyed(file).getOrDefault("oom_kill", 0L) : 0;
    }

    @Override
    public void killAll(String group) {
        CgroupFiles.killTree(directory("pids", group));
    }

    @Override
    public boolean remove(String group) {
        boolean removed = true;
        for (String controller : CONTROLLERS) {
            removed &= CgroupFiles.removeTree(directory(controller, group));
        }
        return removed;
    }

    @Override
    public void removeIfEmpty(String group) {
        CONTROLLERS.forEach(controller -> CgroupFiles.removeIfEmpty(directory(controller, group)));
    }

    @Override
    public List<String> children(String group) {
        return CgroupFiles.children(directory("memory", group));
    }

    @Override
    public boolean hybrid() {
        return Files.exists(root.resolve("unified/cgroup.procs"));
    }

    @Override
    public boolean limitsSwap() {
        return Files.exists(root.resolve("memory").resolve(SWAP_LIMIT));
    }
}
