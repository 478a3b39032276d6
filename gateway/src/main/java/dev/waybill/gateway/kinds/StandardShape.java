package dev.waybill.gateway.kinds;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The shape of a field of the built-in kinds, found by its name and its holder's. Immutable.
 *
 * @param holder name of the field that holds this one's object
 * @param name empty for the object itself
 */
public record StandardShape(String holder, String name) implements MergeShape {
    public static final StandardShape ROOT = new StandardShape("", "");

    /** Objects that the API's types mark as atomic: selectors and references. */
    private static final Set<String> ATOMIC = Set.of(
            "selector",
            "labelSelector",
            "namespaceSelector",
            "podSelector",
            "objectSelector",
            "nodeSelector",
            "preference",
            "requiredDuringSchedulingIgnoredDuringExecution",
            "fieldRef",
            "resourceFieldRef",
            "configMapKeyRef",
            "secretKeyRef",
            "targetRef",
            "scaleTargetRef",
            "roleRef",
            "dataSource",
            "involvedObject");

    private static final JsonNode TCP = JsonNodeFactory.instance.stringNode("TCP");

    @Override
    public boolean atomic() {
        return ATOMIC.contains(name);
    }

    @Override
    public ListType listType() {
        if (MergeKeys.mergesPrimitives(name)) {
            return ListType.SET;
        }
        return keys().isEmpty() ? ListType.ATOMIC : ListType.MAP;
    }

    @Override
    public List<String> keys() {
        return MergeKeys.applied(holder, name);
    }

    @Override
    public @Nullable JsonNode keyDefault(String key) {
        return key.equals("protocol") ? TCP : null;
    }

    @Override
    public MergeShape field(String field) {
        return new StandardShape(name, field);
    }
}
