package dev.waybill.node.agent;

import dev.waybill.node.network.PodNamespaces;
import dev.waybill.node.network.UserNamespaces;
import dev.waybill.node.oci.Confinement;
import dev.waybill.node.oci.RuntimeHandler;
import dev.waybill.node.pod.ContainerSpec;
import dev.waybill.node.pod.IdRange;
import dev.waybill.node.pod.ObjectSource;
import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.storage.Owners;
import dev.waybill.node.store.StoredSandbox;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What sets a pod's sandbox apart: its runtime, its ids and its namespaces, chosen when it is made and kept until it is
 * removed. Thread-safe for different pods.
 */
final class PodIsolation {
    private final NodeHost host;
    private final ObjectSource objects;
    private final ProcessNamespace processes;

    PodIsolation(NodeHost host, ObjectSource objects) {
        this.host = host;
        this.objects = objects;
        this.processes = new ProcessNamespace(host);
    }

    /**
     * The choice that holds for the sandbox; made at the first call.
     *
     * @throws IllegalStateException in Kubernetes' words when this node cannot run the pod
     */
    StoredSandbox choose(PodSpec pod) {
        return host.store().sandbox(pod.uid()).orElseGet(() -> {
            RuntimeHandler handler = handler(pod);
            if (pod.ownUsers() && !handler.ownUsers()) {
                throw new IllegalStateException("can't set `spec.hostUsers: false`, "
                        + (handler.name().isEmpty() ? "runtime" : "RuntimeClass handler \"" + handler.name() + "\"")
                        + " does not support user namespaces");
            }
            if (pod.ownUsers()) {
                UserNamespaces.barrier(host.store().podDirectory(pod.uid())).ifPresent(barrier -> {
                    throw new IllegalStateException("can't set `spec.hostUsers: false`, only the owner of " + barrier
                            + " may pass it: give it the mode 0711");
                });
            }
            if (pod.isolation().shareProcesses() && handler.sandboxed()) {
                throw new IllegalStateException("can't set `spec.shareProcessNamespace: true`: containers of runtime \""
                        + handler.name() + "\" have a kernel each");
            }
            IdRange users = pod.ownUsers() ? host.ids().give(pod.uid()) : null;
            StoredSandbox chosen = new StoredSandbox(handler.name(), users);
            host.store().saveSandbox(pod.uid(), chosen);
            return chosen;
        });
    }

    private RuntimeHandler handler(PodSpec pod) {
        String name = pod.isolation().runtimeClass();
        String handler = name.isEmpty()
                ? ""
                : objects.runtimeHandler(name)
                        .orElseThrow(
                                () -> new IllegalStateException("runtimeclass.node.k8s.io \"" + name + "\" not found"));
        return named(handler);
    }

    private RuntimeHandler named(String handler) {
        return host.runtime()
                .handler(handler)
                .orElseThrow(() -> new IllegalStateException(
                        "failed to get sandbox runtime: no runtime for \"" + handler + "\" is configured"));
    }

    /** The runtime of the pod's containers. */
    RuntimeHandler runtime(PodSpec pod) {
        return named(choose(pod).handler());
    }

    /**
     * Makes the pod's namespaces; those that stand already are made anew.
     *
     * @param readyNetwork a network namespace that is there already; null for a new one
     */
    void makeNamespaces(PodSpec pod, @Nullable Path readyNetwork) {
        Path directory = host.paths(pod.uid()).namespaces();
        removeNamespaces(pod);
        IdRange users = choose(pod).users();
        // On the machine's network the name is the machine's.
        String name = pod.hostNetwork() ? "" : pod.hostName().ofKernel();
        if (users == null && readyNetwork != null) {
            PodNamespaces.create(directory, name, readyNetwork, !pod.hostIpc());
        } else if (users == null) {
            PodNamespaces.create(directory, name, !pod.hostNetwork(), !pod.hostIpc());
        } else {
            UserNamespaces.create(directory, name, users);
        }
    }

    /** Whether they are there: not after the machine was restarted. */
    boolean stands(PodSpec pod) {
        Path directory = host.paths(pod.uid()).namespaces();
        return pod.ownUsers()
                ? UserNamespaces.exist(directory)
                : PodNamespaces.exist(directory, !pod.hostNetwork(), !pod.hostIpc());
    }

    void removeNamespaces(PodSpec pod) {
        processes.remove(pod);
        PodNamespaces.remove(host.paths(pod.uid()).namespaces());
    }

    /** Frees what was chosen; nothing of the sandbox may be left. */
    void release(PodSpec pod) {
        host.store().removeSandbox(pod.uid());
        host.ids().release(pod.uid());
    }

    /** What keeps a container from the rest; the namespace of shared processes is made where it is missing. */
    Confinement confinement(PodSpec pod, ContainerSpec container) {
        StoredSandbox chosen = choose(pod);
        return new Confinement(
                host.seccomp().of(pod, container),
                chosen.users(),
                pod.isolation().shareProcesses()
                        ? processes.ensure(pod, named(chosen.handler()), chosen.users())
                        : null);
    }

    /** Whose the files of a container's image are. */
    Owners owners(PodSpec pod, Confinement confinement) {
        return confinement.users() == null
                ? Owners.MACHINE
                : new Owners(
                        host.paths(pod.uid()).namespaces().resolve(PodNamespaces.USER),
                        Math.toIntExact(confinement.users().first()));
    }
}
