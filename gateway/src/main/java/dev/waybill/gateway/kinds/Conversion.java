package dev.waybill.gateway.kinds;

import tools.jackson.databind.node.ObjectNode;

/** How objects of one version become those of the version that is stored, apart from their apiVersion. Stateless. */
public interface Conversion {
    /** Both have the same fields. */
    Conversion NONE = new Conversion() {};

    /** From the version that is served to the one that is stored, in place. */
    default void toStorage(ObjectNode object) {}

    /** The stored version's name for a field that a selector names. */
    default String selectable(String field) {
        return field;
    }

    /** From the version that is stored to the one that is served, in place. */
    default void fromStorage(ObjectNode object) {}
}
