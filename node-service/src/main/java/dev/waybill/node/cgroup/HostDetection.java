package dev.waybill.node.cgroup;

import dev.waybill.node.resources.HostAbilities;
import dev.waybill.node.resources.HostDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds out what the kernel of this machine can limit. Stateless. */
public final class HostDetection {
    private static final Pattern HUGEPAGES = Pattern.compile("hugepages-(\\d+)kB");
    private static final Pattern CHOSEN = Pattern.compile("\\[(.+)]");
    private static final int FORMAT_MASK = 0170000;
    private static final int BLOCK = 0060000;
    private static final int CHARACTER = 0020000;

    private HostDetection() {}

    /** The abilities now; {@code hardLimits} are this process's rlimits. */
    public static HostAbilities detect(Cgroups cgroups, boolean maySetResources, Map<String, Long> hardLimits) {
        return new HostAbilities(
                cgroups.version(),
                cgroups.limitsSwap(),
                cgroups.has("blkio", "io"),
                cgroups.has("hugetlb", "hugetlb") ? pageSizes() : Set.of(),
                indexes("/sys/devices/system/cpu/online"),
                indexes("/sys/devices/system/node/online"),
                bfqInUse(),
                maySetResources,
                hardLimits,
                Integer.parseInt(CgroupFiles.read(Path.of("/proc/self/oom_score_adj"))),
                memoryBytes(),
                HostDetection::device);
    }

    /** Page sizes as the hugetlb files name them. */
    private static Set<String> pageSizes() {
        Set<String> sizes = new HashSet<>();
        for (String name : CgroupFiles.children(Path.of("/sys/kernel/mm/hugepages"))) {
            Matcher matcher = HUGEPAGES.matcher(name);
            if (matcher.matches()) {
                long kilobytes = Long.parseLong(matcher.group(1));
                sizes.add(
                        kilobytes >= 1 << 20
                                ? (kilobytes >> 20) + "GB"
                                : kilobytes >= 1 << 10 ? (kilobytes >> 10) + "MB" : kilobytes + "KB");
            }
        }
        return sizes;
    }

    static Set<Integer> indexes(String file) {
        Set<Integer> indexes = new TreeSet<>();
        String text = CgroupFiles.readIfThere(Path.of(file));
        for (String part : (text.isEmpty() ? "0" : text).split(",", -1)) {
            String[] ends = part.split("-", -1);
            for (int index = Integer.parseInt(ends[0]); index <= Integer.parseInt(ends[ends.length - 1]); index++) {
                indexes.add(index);
            }
        }
        return indexes;
    }

    private static boolean bfqInUse() {
        try (Stream<Path> disks = Files.list(Path.of("/sys/block"))) {
            return disks.anyMatch(disk -> scheduler(disk).equals("bfq"));
        } catch (IOException e) {
            return false;
        }
    }

    private static String scheduler(Path disk) {
        Matcher matcher = CHOSEN.matcher(CgroupFiles.readIfThere(disk.resolve("queue/scheduler")));
        return matcher.find() ? matcher.group(1) : "";
    }

    private static long memoryBytes() {
        return CgroupFiles.read(Path.of("/proc/meminfo"))
                .lines()
                .filter(line -> line.startsWith("MemTotal:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst()
                .orElse(Long.MAX_VALUE);
    }

    /** The device that a path leads to. */
    static Optional<HostDevice> device(String path) {
        try {
            Path file = Path.of(path).toRealPath();
            Map<String, Object> attributes = Files.readAttributes(file, "unix:mode,rdev,uid,gid");
            int mode = (int) number(attributes, "mode");
            int format = mode & FORMAT_MASK;
            if (!path.startsWith("/") || (format != BLOCK && format != CHARACTER)) {
                return Optional.empty();
            }
            long number = number(attributes, "rdev");
            // glibc's gnu_dev_major and gnu_dev_minor.
            long major = (number >>> 8 & 0xfff) | (number >>> 32 & ~0xfffL);
            long minor = (number & 0xff) | (number >>> 12 & ~0xffL);
            Path disk = Path.of("/sys/dev/block/" + major + ":" + minor);
            return Optional.of(new HostDevice(
                    path,
                    format == BLOCK ? 'b' : 'c',
                    major,
                    minor,
                    mode & 0777,
                    number(attributes, "uid"),
                    number(attributes, "gid"),
                    format == BLOCK ? scheduler(disk) : "",
                    format == BLOCK && Files.exists(disk.resolve("partition"))));
        } catch (IOException | InvalidPathException e) {
            return Optional.empty();
        }
    }

    private static long number(Map<String, Object> attributes, String name) {
        return attributes.get(name) instanceof Number number ? number.longValue() : 0;
    }
}
