package dev.waybill.node;

import dev.waybill.node.agent.IdRanges;
import dev.waybill.node.agent.NodeDescription;
import dev.waybill.node.agent.NodeHost;
import dev.waybill.node.cgroup.Cgroups;
import dev.waybill.node.logs.LogRotation;
import dev.waybill.node.network.GatewayAccess;
import dev.waybill.node.network.GatewayAddress;
import dev.waybill.node.network.HostNetwork;
import dev.waybill.node.network.PodRelay;
import dev.waybill.node.network.PodSubnet;
import dev.waybill.node.network.ReadyNetworks;
import dev.waybill.node.network.cni.CniNetwork;
import dev.waybill.node.oci.HostLimits;
import dev.waybill.node.oci.OciRuntime;
import dev.waybill.node.oci.SeccompProfiles;
import dev.waybill.node.store.NodeStore;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the machine gives to this node. */
@Configuration(proxyBeanMethods = false)
public class HostConfiguration {

    private static @Nullable GatewayAccess gateway(NodeSettings settings) {
        if (settings.gateway().isEmpty()) {
            return null;
        }
        GatewayAddress address = GatewayAddress.parse(settings.gateway());
        PodSubnet pods = PodSubnet.parse(settings.podSubnet());
        return new GatewayAccess(address, pods, new PodRelay(pods, settings.apiPort(), address));
    }

    /** Makes the node's directories where they are missing. */
    public NodeHost nodeHost(NodeSettings settings) {
        return nodeHost(settings, NodeReserve.NOTHING, ReadySandboxes.NONE, LogSettings.KUBELETS);
    }

    /** The same, with a part of the machine kept from pods. */
    @Bean
    public NodeHost nodeHost(NodeSettings settings, NodeReserve reserve, ReadySandboxes ready, LogSettings logs) {
        Cgroups cgroups = Cgroups.detect();
        Path directory = settings.directory().toAbsolutePath();
        long cpu = settings.cpuMillis() > 0
                ? settings.cpuMillis()
                : Runtime.getRuntime().availableProcessors() * 1000L;
        long memory = settings.memoryBytes() > 0 ? settings.memoryBytes() : NodeDescription.machineMemoryBytes();
        CniNetwork network = new CniNetwork(
                settings.cniPlugins(), directory.resolve("cni"), settings.bridgeName(), settings.podSubnet());
        HostNetwork hostNetwork =
                new HostNetwork(directory.resolve("host-network"), network.bridge(), network.subnet());
        NodeStore store = new NodeStore(directory);
        return new NodeHost(
                settings.name(),
                store,
                cgroups,
                new OciRuntime(
                        settings.runtime(), settings.handlers(), "conmon", directory.resolve("run"), cgroups.hybrid()),
                network,
                hostNetwork,
                new ReadyNetworks(directory.resolve("ready"), network, hostNetwork, ready.sandboxes()),
                new LogRotation(logs.maxBytes(), logs.maxFiles()),
                HostLimits.detect(),
                settings.cgroup(),
                settings.address(),
                cpu,
                memory,
                Math.max(0, cpu - reserve.cpuMillis()),
                Math.max(0, memory - reserve.memoryBytes()),
                settings.podPids(),
                new SeccompProfiles(directory.resolve("seccomp"), settings.seccompDefault()),
                new IdRanges(store, settings.firstUserId()),
                settings.allowedUnsafeSysctls(),
                gateway(settings));
    }
}
