package dev.waybill.node.agent;

import dev.waybill.node.cgroup.Cgroups;
import dev.waybill.node.network.HostNetwork;
import dev.waybill.node.network.cni.CniNetwork;
import dev.waybill.node.oci.HostLimits;
import dev.waybill.node.oci.OciRuntime;
import dev.waybill.node.store.NodeStore;

/**
 * What a node works with. Immutable.
 *
 * @param cgroupParent group of all pods of this node
 * @param address this node's address
 * @param cpuMillis allocatable CPU
 * @param memoryBytes allocatable memory
 * @param podPids most processes of a pod
 */
public record NodeHost(
        String name,
        NodeStore store,
        Cgroups cgroups,
        OciRuntime runtime,
        CniNetwork network,
        HostNetwork hostNetwork,
        HostLimits limits,
        String cgroupParent,
        String address,
        long cpuMillis,
        long memoryBytes,
        long podPids) {

    PodPaths paths(String podUid) {
        return new PodPaths(store.podDirectory(podUid), cgroupParent);
    }
}
