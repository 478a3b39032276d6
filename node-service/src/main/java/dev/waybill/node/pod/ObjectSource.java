package dev.waybill.node.pod;

import java.util.Map;
import java.util.Optional;

/** The ConfigMaps and Secrets that pods of this node refer to. */
@FunctionalInterface
public interface ObjectSource {
    /**
     * The data of a ConfigMap ({@code configmaps}) or Secret ({@code secrets}); empty when there is no such object.
     *
     * @throws ContainerConfigException when it has not arrived yet
     */
    Optional<Map<String, byte[]>> data(String resource, String namespace, String name);
}
