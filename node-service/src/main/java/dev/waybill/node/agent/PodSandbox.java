package dev.waybill.node.agent;

import dev.waybill.node.network.GatewayAccess;
import dev.waybill.node.network.PodNamespaces;
import dev.waybill.node.network.cni.CniNetwork;
import dev.waybill.node.pod.ContainerSpec;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.storage.PodFiles;
import dev.waybill.node.storage.PodVolumes;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Makes and removes what the containers of a pod share: control group, namespaces, network, files. */
final class PodSandbox {
    private final NodeHost host;

    PodSandbox(NodeHost host) {
        this.host = host;
    }

    /** Makes it, or completes one that a crash left half-made; returns the pod's address, empty on the host's network. */
    String create(PodSpec pod) {
        PodPaths paths = host.paths(pod.uid());
        host.cgroups().create(paths.podGroup(pod), host.limitsOf(pod));
        Optional<JsonNode> connected = host.store().network(pod.uid());
        if (!stands(pod) || (connected.isEmpty() && !pod.hostNetwork())) {
            disconnect(pod);
            PodNamespaces.remove(paths.namespaces());
            PodNamespaces.create(paths.namespaces(), pod.hostname(), !pod.hostNetwork(), !pod.hostIpc());
            connected = Optional.empty();
        }
        String address = "";
        if (!pod.hostNetwork()) {
            JsonNode result = connected.isPresent() ? connected.get() : connect(pod);
            address = CniNetwork.address(result);
        }
        PodFiles.write(paths.files(), pod, address, apiLine(pod));
        return address;
    }

    /** The API's line in the pod's /etc/hosts; the relay to it can listen now that the bridge is there. */
    private String apiLine(PodSpec pod) {
        GatewayAccess access = host.gateway();
        if (access == null) {
            return "";
        }
        if (!pod.hostNetwork()) {
            access.relay().listen();
        }
        return access.hostsLine(pod.hostNetwork());
    }

    private JsonNode connect(PodSpec pod) {
        JsonNode result = host.network().add(pod.uid(), host.paths(pod.uid()).networkNamespace(), ports(pod));
        host.store().saveNetwork(pod.uid(), result);
        return result;
    }

    /** Whether the pod's namespaces are there: not after the machine was restarted. */
    boolean stands(PodSpec pod) {
        return PodNamespaces.exist(host.paths(pod.uid()).namespaces(), !pod.hostNetwork(), !pod.hostIpc());
    }

    /** Removes it; its containers must have ended. */
    void remove(PodSpec pod) {
        PodPaths paths = host.paths(pod.uid());
        host.cgroups().killAll(paths.podGroup(pod));
        disconnect(pod);
        PodNamespaces.remove(paths.namespaces());
        PodVolumes.unmountAll(paths.volumes());
        PodFiles.unmount(paths.files());
        if (!host.cgroups().remove(paths.podGroup(pod))) {
            throw new IllegalStateException("a process is still in " + paths.podGroup(pod));
        }
    }

    private void disconnect(PodSpec pod) {
        PodPaths paths = host.paths(pod.uid());
        JsonNode result = host.store().network(pod.uid()).orElse(null);
        boolean begun = result != null || Files.exists(paths.networkNamespace());
        if (!pod.hostNetwork() && begun) {
            host.network().delete(pod.uid(), paths.networkNamespace(), ports(pod), result);
            host.store().removeNetwork(pod.uid());
        }
    }

    private static List<ContainerSpec.Port> ports(PodSpec pod) {
        return pod.allContainers()
                .flatMap(container -> container.ports().stream())
                .toList();
    }
}
