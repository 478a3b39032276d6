package dev.waybill.node.agent;

import dev.waybill.node.cgroup.Cgroups;
import dev.waybill.node.cgroup.HostDetection;
import dev.waybill.node.logs.LogRotation;
import dev.waybill.node.network.GatewayAccess;
import dev.waybill.node.network.HostNetwork;
import dev.waybill.node.network.ReadyNetworks;
import dev.waybill.node.network.cni.CniNetwork;
import dev.waybill.node.oci.HostLimits;
import dev.waybill.node.oci.OciRuntime;
import dev.waybill.node.oci.SeccompProfiles;
import dev.waybill.node.pod.ContainerConfigException;
import dev.waybill.node.pod.ContainerSpec;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.resources.CgroupLimits;
import dev.waybill.node.resources.ContainerKnobs;
import dev.waybill.node.resources.ContainerLimits;
import dev.waybill.node.resources.HostAbilities;
import dev.waybill.node.store.NodeStore;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a node works with. Immutable.
 *
 * @param cgroupParent group of all pods of this node
 * @param address this node's address
 * @param cpuMillis allocatable CPU
 * @param memoryBytes allocatable memory
 * @param podPids most processes of a pod
 * @param unsafeSysctls what pods may set beyond the safe sysctls
 * @param ids which ids of the machine stand for those of pods with user ids of their own
 * @param gateway how pods reach the API; null when this node was told of none
 */
public record NodeHost(
        String name,
        NodeStore store,
        Cgroups cgroups,
        OciRuntime runtime,
        CniNetwork network,
        HostNetwork hostNetwork,
        ReadyNetworks readyNetworks,
        LogRotation logs,
        HostLimits limits,
        String cgroupParent,
        String address,
        long cpuMillis,
        long memoryBytes,
        long allocatableCpuMillis,
        long allocatableMemoryBytes,
        long podPids,
        SeccompProfiles seccomp,
        IdRanges ids,
        List<String> unsafeSysctls,
        @Nullable GatewayAccess gateway) {

    /** What the kernel can limit, as it is now: a disk's scheduler may have been changed. */
    HostAbilities abilities() {
        return HostDetection.detect(cgroups, limits.maySetResources(), limits.hard());
    }

    /**
     * What a container may use.
     *
     * @throws ContainerConfigException when that cannot be read or is beyond this machine
     */
    ContainerLimits limitsOf(PodSpec pod, ContainerSpec container) {
        return ContainerKnobs.resolve(pod, container, abilities(), podPids);
    }

    /** What a pod may use; a container whose wishes are refused, and so does not run, counts by its resources alone. */
    CgroupLimits limitsOf(PodSpec pod) {
        return limitsOf(pod, abilities());
    }

    /** The same for one of many pods. */
    CgroupLimits limitsOf(PodSpec pod, HostAbilities abilities) {
        return CgroupLimits.ofPod(pod, podPids, container -> {
            try {
                return ContainerKnobs.resolve(pod, container, abilities, podPids)
                        .cgroup();
            } catch (ContainerConfigException e) {
                return CgroupLimits.ofContainer(container.resources(), podPids);
            }
        });
    }

    PodPaths paths(String podUid) {
        return new PodPaths(store.podDirectory(podUid), cgroupParent);
    }
}
