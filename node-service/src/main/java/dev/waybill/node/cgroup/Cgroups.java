package dev.waybill.node.cgroup;

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

    /** Sets the CPU weight of a group that exists. */
    void setShares(String group, long shares);

    /** The limits in force, by file name. */
    Map<String, String> limits(String group);

    /**
     * Compares the limits in force with the wanted ones.
     *
     * @throws CgroupLimitException when the kernel has another value
     */
    Map<String, String> verify(String group, CgroupLimits wanted);

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

    /** The groups of this machine. */
    static Cgroups detect() {
        return detect(Path.of("/sys/fs/cgroup"));
    }

    static Cgroups detect(Path root) {
        return java.nio.file.Files.exists(root.resolve("cgroup.controllers")) ? new CgroupV2(root) : new CgroupV1(root);
    }
}
