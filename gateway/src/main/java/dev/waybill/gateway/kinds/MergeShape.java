package dev.waybill.gateway.kinds;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * How a value merges with another one of the same field (the x-kubernetes-list-type and x-kubernetes-map-type of a
 * schema). Immutable.
 */
public interface MergeShape {

    /** How the elements of a list are told apart. */
    enum ListType {
        /** Not at all: the list is one value. */
        ATOMIC,
        /** By their value. */
        SET,
        /** By the fields in {@link MergeShape#keys()}. */
        MAP
    }

    /** Whether an object in this field is one value. */
    boolean atomic();

    ListType listType();

    /** The fields that tell the elements of a list of type MAP apart, in alphabetical order. */
    List<String> keys();

    /** What a missing key of an element stands for; null when it must be there. */
    @Nullable
    JsonNode keyDefault(String key);

    /** The shape of a field of this object, or of this list's elements. */
    MergeShape field(String name);
}
