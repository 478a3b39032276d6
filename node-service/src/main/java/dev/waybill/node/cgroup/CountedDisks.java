package dev.waybill.node.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Has the kernel count what groups read and write. Since Linux 6.10 version 1 counts on a disk only once some group had a
 * rate for it, be it none (block/blk-throttle.h, blk_throtl_activated). Thread-safe.
 */
final class CountedDisks {
    static final String RATES = "blkio.throttle.read_bps_device";

    private final Path disks;
    private final Set<String> counted = new HashSet<>();

    CountedDisks(Path disks) {
        this.disks = disks;
    }

    /** Begins with the disks that came since the last time, by the file of a group that has no rates of its own. */
    synchronized void count(Path rates) {
        if (!Files.exists(rates)) {
            return;
        }
        for (Path disk : list()) {
            // A device of the same number may be another one by now, whose count has not begun.
            String number = CgroupFiles.readIfThere(disk.resolve("dev"));
            String name = number + " " + CgroupFiles.readIfThere(disk.resolve("diskseq"));
            boolean inUse = !CgroupFiles.readIfThere(disk.resolve("size")).matches("0?");
            if (inUse && !counted.contains(name)) {
                try {
                    Files.writeString(rates, number + " 0");
                    counted.add(name);
                } catch (IOException e) {
                    // It is just going away, or this kernel cannot hold it to rates; nothing else depends on it.
                }
            }
        }
    }

    private List<Path> list() {
        try (Stream<Path> all = Files.list(disks)) {
            return all.toList();
        } catch (IOException e) {
            return List.of();
        }
    }
}
