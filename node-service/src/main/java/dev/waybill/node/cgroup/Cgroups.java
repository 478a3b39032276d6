package dev.waybill.node.cgroup;

import dev.waybill.node.resources.CgroupLimits;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The kernel's control groups, whatever their version. Groups are named by a path from the root such as
 * {@code /waybill/n1/burstable/podUID/container}. Thread-safe.
 */
public interface Cgroups {
    /** Makes the group and its ancestors and sets the limits; each is read back. */
    Map<String, String> create(String group, CgroupLimits limits);

    /**
     * Sets the limits of a group that exists: files that differ are written and read back, what is no longer wanted goes
     * back to the kernel's default. Returns the limits in force, by file name.
     *
     * @throws CgroupLimitException when the kernel does not take a value
     */
    Map<String, String> apply(String group, CgroupLimits limits);

    /** The limits in force, by file name. */
    Map<String, String> limits(String group);

    /** Prepares the kernel for a process that is to be moved to a group, which it then does sooner. */
    Expectation expectMove();

    /** Closed when what was expected is done. */
    interface Expectation extends AutoCloseable {
        @Override
        void close();
    }

    CgroupUsage usage(String group);

    /** How many processes of the group the OOM killer has ended. */
    long oomKills(String group);

    /** Kills what still runs in the group and its descendants. */
    void killAll(String group);

    /** Removes the group with its descendants; false when a process is still in it. */
    boolean remove(String group);

    /** Removes the group, and those above it, as long as nothing is in them. */
    default void removeUpwards(String group) {
        remove(group);
        for (int slash = group.lastIndexOf('/'); slash > 0; slash = group.lastIndexOf('/', slash - 1)) {
            removeIfEmpty(group.substring(0, slash));
        }
    }

    /** Removes a group that has no children and no processes; others stay. */
    void removeIfEmpty(String group);

    /** The directories of the groups directly below. */
    List<String> children(String group);

    /** Whether runtimes must not see the (empty) v2 hierarchy that is mounted beside v1. */
    boolean hybrid();

    /** Whether the kernel accounts swap, so that a memory limit can hold for both. */
    boolean limitsSwap();

    /** 1 or 2. */
    int version();

    /** Whether this machine has a controller, under the name that version 1 or 2 has for it. */
    boolean has(String v1, String v2);

    /** The groups of this machine. */
    static Cgroups detect() {
        return detect(Path.of("/sys/fs/cgroup"));
    }

    static Cgroups detect(Path root) {
        return java.nio.file.Files.exists(root.resolve("cgroup.controllers")) ? new CgroupV2(root) : new CgroupV1(root);
    }
}
