package dev.waybill.node.agent;

import dev.waybill.node.kernel.Mounts;
import dev.waybill.node.network.GatewayAccess;
import dev.waybill.node.network.ReadyNetworks;
import dev.waybill.node.network.cni.CniNetwork;
import dev.waybill.node.pod.ContainerSpec;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.storage.PodFiles;
import dev.waybill.node.storage.PodVolumes;
import dev.waybill.node.store.StoredNetwork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Makes and removes what the containers of a pod share: control group, namespaces, network, files. */
final class PodSandbox {
    private final NodeHost host;
    private final PodIsolation isolation;

    PodSandbox(NodeHost host, PodIsolation isolation) {
        this.host = host;
        this.isolation = isolation;
    }

    /** Makes it, or completes one that a crash left half-made; returns the pod's address, empty on the host's network. */
    String create(PodSpec pod) {
        PodPaths paths = host.paths(pod.uid());
        requireName(pod);
        isolation.choose(pod);
        host.cgroups().create(paths.podGroup(pod), host.limitsOf(pod));
        Optional<StoredNetwork> connected = host.store().network(pod.uid());
        boolean complete =
                pod.hostNetwork() || connected.filter(StoredNetwork::complete).isPresent();
        if (!stands(pod) || !complete) {
            disconnect(pod);
            if (pod.hostNetwork()) {
                isolation.makeNamespaces(pod, null);
            } else {
                connected = Optional.of(connect(pod));
            }
        }
        String address =
                connected.map(network -> CniNetwork.address(network.result())).orElse("");
        PodFiles.write(paths.files(), pod, address, apiLine(pod));
        return address;
    }

    /** Before anything is made: a name that does not fit today will not fit at the next try. */
    private static void requireName(PodSpec pod) {
        if (!pod.hostNetwork()) {
            pod.hostName().ofKernel();
        }
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

    private StoredNetwork connect(PodSpec pod) {
        // A network namespace belongs to the user namespace in which it was made, so a pod with its own needs a new
        // one.
        Optional<ReadyNetworks.Ready> taken =
                pod.ownUsers() ? Optional.empty() : host.readyNetworks().take();
        StoredNetwork bridged = taken.map(ready -> takeReady(pod, ready)).orElseGet(() -> connectNew(pod));
        Path namespace = host.paths(pod.uid()).networkNamespace();
        StoredNetwork complete = new StoredNetwork(
                bridged.id(), host.network().publish(bridged.id(), namespace, ports(pod), bridged.result()), true);
        host.store().saveNetwork(pod.uid(), complete);
        return complete;
    }

    private StoredNetwork takeReady(PodSpec pod, ReadyNetworks.Ready ready) {
        StoredNetwork network = new StoredNetwork(ready.id(), ready.result(), false);
        try {
            host.store().saveNetwork(pod.uid(), network);
        } catch (RuntimeException e) {
            host.readyNetworks().discard(ready);
            throw e;
        }
        try {
            isolation.makeNamespaces(pod, ready.namespace());
        } finally {
            host.readyNetworks().remove(ready);
        }
        return network;
    }

    private StoredNetwork connectNew(PodSpec pod) {
        PodPaths paths = host.paths(pod.uid());
        host.hostNetwork().prepare();
        isolation.makeNamespaces(pod, null);
        return new StoredNetwork(pod.uid(), host.network().connect(pod.uid(), paths.networkNamespace()), false);
    }

    /** Whether the pod's namespaces are there: not after the machine was restarted. */
    boolean stands(PodSpec pod) {
        return isolation.stands(pod);
    }

    /** Removes it; its containers must have ended. */
    void remove(PodSpec pod) {
        PodPaths paths = host.paths(pod.uid());
        host.cgroups().killAll(paths.podGroup(pod));
        disconnect(pod);
        isolation.removeNamespaces(pod);
        removeMounts(pod, paths);
        PodFiles.unmount(paths.files());
        if (!host.cgroups().remove(paths.podGroup(pod))) {
            throw new IllegalStateException("a process is still in " + paths.podGroup(pod));
        }
        isolation.release(pod);
    }

    private static void removeMounts(PodSpec pod, PodPaths paths) {
        try {
            if (pod.mountsForOthers()) {
                // What its containers mounted for others and left: with the pod's directory its content would go.
                Mounts.unmountBelow(paths.volumes());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot unmount what is below " + paths.volumes(), e);
        }
        PodVolumes.unmountAll(paths.volumes());
    }

    private void disconnect(PodSpec pod) {
        PodPaths paths = host.paths(pod.uid());
        Optional<StoredNetwork> network = host.store().network(pod.uid());
        boolean begun = network.isPresent() || Files.exists(paths.networkNamespace());
        if (!pod.hostNetwork() && begun) {
            host.network()
                    .delete(
                            network.map(StoredNetwork::id).orElse(pod.uid()),
                            paths.networkNamespace(),
                            ports(pod),
                            network.map(StoredNetwork::result).orElse(null));
            host.store().removeNetwork(pod.uid());
        }
    }

    private static List<ContainerSpec.Port> ports(PodSpec pod) {
        return pod.allContainers()
                .flatMap(container -> container.ports().stream())
                .toList();
    }
}
