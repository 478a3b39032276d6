package dev.waybill.node.resources;

import java.util.List;
import java.util.Map;

/**
 * Everything that limits one container. Immutable.
 *
 * @param ulimits by name, {@code nofile}
 * @param oomScoreAdj -1000..1000
 * @param shmBytes size of a /dev/shm of its own; 0 is the pod's
 */
public record ContainerLimits(
        CgroupLimits cgroup,
        List<Device> devices,
        List<DeviceRule> deviceRules,
        Map<String, Ulimit> ulimits,
        int oomScoreAdj,
        long shmBytes) {

    /** A device of the machine that appears in the container; {@code access} is of r, w and m. */
    public record Device(HostDevice host, String path, String access) {}

    /** Devices that the container may use if it has a node for them; {@code type} a, b or c; negative numbers are any. */
    public record DeviceRule(char type, long major, long minor, String access) {}

    /** Soft and hard limit of a process; {@link Long#MAX_VALUE} is none. */
    public record Ulimit(long soft, long hard) {}
}
