package dev.waybill.node.cgroup;

import dev.waybill.node.resources.CgroupLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Control groups version 2: one hierarchy (Documentation/admin-guide/cgroup-v2.rst). Thread-safe. */
final class CgroupV2 implements Cgroups {
    private static final Pattern IO_BYTES = Pattern.compile("\\b([rw])bytes=(\\d+)");
    private static final List<String> CONTROLLERS = List.of("cpu", "memory", "pids", "io", "cpuset", "hugetlb");
    private static final List<String> LIMITS = List.of(
            "memory.max",
            "memory.swap.max",
            "memory.low",
            "cpu.weight",
            "cpu.max",
            "cpuset.cpus",
            "cpuset.mems",
            "io.weight",
            "io.bfq.weight",
            "io.max",
            "pids.max");

    private final Path root;
    private final ExpectedMoves moves;

    CgroupV2(Path root) {
        this.root = root;
        this.moves = new ExpectedMoves(root, "", "cgroup.threads");
    }

    private Path directory(String group) {
        return root.resolve(group.substring(1));
    }

    @Override
    public Map<String, String> create(String group, CgroupLimits limits) {
        Path directory = root;
        for (Path part : Path.of(group.substring(1))) {
            delegate(directory);
            directory = directory.resolve(part);
            CgroupFiles.makeDirectories(directory);
        }
        return apply(group, limits);
    }

    @Override
    public Map<String, String> apply(String group, CgroupLimits limits) {
        long before = SettingsV2.reservation(directory(group));
        SettingsV2.of(limits, directory(group)).forEach(Setting::apply);
        // The runtime may have set it already, but never the groups above.
        if (before > 0 || SettingsV2.reservation(directory(group)) > 0) {
            reserveAbove(group);
        }
        Map<String, String> inForce = limits(group);
        limits.hugepages().keySet().forEach(size -> {
            String file = "hugetlb." + size + ".max";
            inForce.put(file, CgroupFiles.read(directory(group).resolve(file)));
        });
        return inForce;
    }

    /** One at a time: a sum must not be written after a newer one. */
    private synchronized void reserveAbove(String group) {
        for (int slash = group.lastIndexOf('/'); slash > 0; slash = group.lastIndexOf('/', slash - 1)) {
            Path above = directory(group.substring(0, slash));
            if (Files.isDirectory(above)) {
                SettingsV2.reservation(above, 0).apply();
            }
        }
    }

    /** Lets the children use the controllers that the group has. */
    private static void delegate(Path directory) {
        List<String> available = List.of(
                CgroupFiles.read(directory.resolve("cgroup.controllers")).split(" ", -1));
        Path control = directory.resolve("cgroup.subtree_control");
        List<String> enabled = List.of(CgroupFiles.read(control).split(" ", -1));
        for (String controller : CONTROLLERS) {
            if (available.contains(controller) && !enabled.contains(controller)) {
                CgroupFiles.write(control, "+" + controller);
            }
        }
    }

    @Override
    public Map<String, String> limits(String group) {
        Map<String, String> limits = new LinkedHashMap<>();
        for (String name : LIMITS) {
            String text = CgroupFiles.readIfThere(directory(group).resolve(name));
            if (!text.isEmpty()) {
                limits.put(name, text.lines().collect(Collectors.joining("; ")));
            }
        }
        return limits;
    }

    @Override
    public Expectation expectMove() {
        return moves.begin();
    }

    @Override
    public CgroupUsage usage(String group) {
        Path directory = directory(group);
        long used = CgroupFiles.number(directory.resolve("memory.current"));
        long inactive = CgroupFiles.keyed(directory.resolve("memory.stat")).getOrDefault("inactive_file", 0L);
        long read = 0;
        long written = 0;
        Path io = directory.resolve("io.stat");
        Matcher matcher = IO_BYTES.matcher(Files.exists(io) ? CgroupFiles.read(io) : "");
        while (matcher.find()) {
            long bytes = Long.parseLong(matcher.group(2));
            if (matcher.group(1).equals("r")) {
                read += bytes;
            } else {
                written += bytes;
            }
        }
        return new CgroupUsage(
                CgroupFiles.keyed(directory.resolve("cpu.stat")).getOrDefault("usage_usec", 0L) * 1000,
                used,
                Math.max(0, used - inactive),
                read,
                written,
                (int) CgroupFiles.number(directory.resolve("pids.current")));
    }

    @Override
    public long oomKills(String group) {
        Path file = directory(group).resolve("memory.events");
        return Files.exists(file) ? CgroupFiles.keyed(file).getOrDefault("oom_kill", 0L) : 0;
    }

    @Override
    public void killAll(String group) {
        Path kill = directory(group).resolve("cgroup.kill");
        if (Files.exists(kill)) {
            CgroupFiles.write(kill, "1");
        } else {
            CgroupFiles.killTree(directory(group));
        }
    }

    @Override
    public boolean remove(String group) {
        boolean reserving = SettingsV2.reservation(directory(group)) > 0;
        boolean removed = CgroupFiles.removeTree(directory(group));
        if (reserving) {
            reserveAbove(group);
        }
        return removed;
    }

    @Override
    public void removeIfEmpty(String group) {
        CgroupFiles.removeIfEmpty(directory(group));
    }

    @Override
    public List<String> children(String group) {
        return CgroupFiles.children(directory(group));
    }

    @Override
    public boolean hybrid() {
        return false;
    }

    @Override
    public boolean limitsSwap() {
        return Files.exists(Path.of("/proc/swaps"));
    }

    @Override
    public int version() {
        return 2;
    }

    @Override
    public boolean has(String v1, String v2) {
        return List.of(CgroupFiles.read(root.resolve("cgroup.controllers")).split(" ", -1))
                .contains(v2);
    }
}
