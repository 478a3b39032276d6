package dev.waybill.node.pod;

import java.util.Map;
import java.util.Optional;

/** What pods of this node refer to: ConfigMaps, Secrets, RuntimeClasses, and tokens of their ServiceAccounts. */
@FunctionalInterface
public interface ObjectSource {
    /**
     * The data of a ConfigMap ({@code configmaps}) or Secret ({@code secrets}); empty when there is no such object.
     *
     * @throws ContainerConfigException when it has not arrived yet
     */
    Optional<Map<String, byte[]>> data(String resource, String namespace, String name);

    /** The handler of a RuntimeClass; empty when there is no such object, or it has not arrived yet. */
    default Optional<String> runtimeHandler(String runtimeClass) {
        return Optional.empty();
    }

    /**
     * A token of the pod's ServiceAccount that holds for a good while.
     *
     * @throws ContainerConfigException when none can be had now
     */
    default byte[] token(PodSpec pod, VolumeSpec.Source.AccountToken wanted) {
        throw new ContainerConfigException("failed to fetch token: this node has no gateway (waybill.node.gateway)");
    }

    /**
     * The volume that a claim is bound to.
     *
     * @throws ContainerConfigException when it is bound to none, or to one that this node cannot use
     */
    default BoundVolume volume(String namespace, String claim) {
        throw new ContainerConfigException("persistentvolumeclaim \"" + claim + "\" not found");
    }

    /** Whether a token of a running pod is to be replaced by a new one. */
    default boolean tokensDue(PodSpec pod) {
        return false;
    }

    /** The pod's volumes will be wanted soon. */
    default void prefetch(PodSpec pod) {}

    /** The pod is no more. */
    default void forget(PodSpec pod) {}
}
