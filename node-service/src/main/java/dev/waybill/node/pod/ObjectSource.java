package dev.waybill.node.pod;

import java.util.Map;
import java.util.Optional;

/** The ConfigMaps, Secrets and RuntimeClasses that pods of this node refer to. */
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
}
