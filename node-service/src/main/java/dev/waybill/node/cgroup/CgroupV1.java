package dev.waybill.node.cgroup;

import dev.waybill.node.resources.CgroupLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

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
    private static final Map<String, List<String>> LIMITS = limits();

    private final Path root;
    private final ExpectedMoves moves;
    private final CountedDisks disks = new CountedDisks(Path.of("/sys/block"));

    CgroupV1(Path root) {
        this.root = root;
        this.moves = new ExpectedMoves(root.resolve("pids"), "pids", "tasks");
    }

    private Path directory(String controller, String group) {
        return root.resolve(controller).resolve(group.substring(1));
    }

    private static Map<String, List<String>> limits() {
        Map<String, List<String>> files = new LinkedHashMap<>();
        files.put(
                "memory",
                List.of(
                        SettingsV1.MEMORY_LIMIT,
                        SettingsV1.SWAP_LIMIT,
                        "memory.soft_limit_in_bytes",
                        "memory.swappiness",
                        "memory.oom_control"));
        files.put("cpu", List.of("cpu.shares", "cpu.cfs_period_us", "cpu.cfs_quota_us"));
        files.put("cpuset", List.of("cpuset.cpus", "cpuset.mems"));
        files.put(
                "blkio",
                List.of(
                        "blkio.bfq.weight",
                        "blkio.bfq.weight_device",
                        "blkio.throttle.read_bps_device",
                        "blkio.throttle.write_bps_device",
                        "blkio.throttle.read_iops_device",
                        "blkio.throttle.write_iops_device"));
        files.put("pids", List.of("pids.max"));
        files.put("devices", List.of("devices.list"));
        return files;
    }

    @Override
    public Map<String, String> create(String group, CgroupLimits limits) {
        for (String controller : List.of("memory", "cpu", "pids", "blkio")) {
            CgroupFiles.makeDirectories(directory(controller, group));
        }
        if (!limits.hugepages().isEmpty()) {
            CgroupFiles.makeDirectories(directory("hugetlb", group));
        }
        disks.count(directory("blkio", group).resolve(CountedDisks.RATES));
        return apply(group, limits);
    }

    @Override
    public Map<String, String> apply(String group, CgroupLimits limits) {
        List<Setting> settings = SettingsV1.of(limits, controller -> directory(controller, group));
        settings.forEach(Setting::apply);
        Map<String, String> inForce = limits(group);
        limits.hugepages().keySet().forEach(size -> {
            String file = "hugetlb." + size + ".limit_in_bytes";
            inForce.put(file, CgroupFiles.read(directory("hugetlb", group).resolve(file)));
        });
        return inForce;
    }

    @Override
    public Map<String, String> limits(String group) {
        Map<String, String> limits = new LinkedHashMap<>();
        LIMITS.forEach((controller, names) -> names.forEach(name -> {
            String text = CgroupFiles.readIfThere(directory(controller, group).resolve(name));
            if (!text.isEmpty()) {
                // The rest of memory.oom_control are counters.
                long lines = name.equals("memory.oom_control") ? 1 : Long.MAX_VALUE;
                limits.put(name, text.lines().limit(lines).collect(Collectors.joining("; ")));
            }
        }));
        return limits;
    }

    @Override
    public Expectation expectMove() {
        return moves.begin();
    }

    @Override
    public CgroupUsage usage(String group) {
        disks.count(directory("blkio", group).resolveSibling(CountedDisks.RATES));
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
        return Files.exists(root.resolve("memory").resolve(SettingsV1.SWAP_LIMIT));
    }

    @Override
    public int version() {
        return 1;
    }

    @Override
    public boolean has(String v1, String v2) {
        return Files.isDirectory(root.resolve(v1));
    }
}
