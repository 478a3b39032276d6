package dev.waybill.gateway.kinds;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Rules that somebody else wrote: what holding an object against them takes is his to say. The same rules are equal.
 * Immutable, thread-safe.
 */
public interface Examiner {

    /** Whether an examination takes no longer than what is checked of every object. */
    boolean isQuick();

    /**
     * What the rules have against an object.
     *
     * @param old the object before; null when there is none
     */
    List<FieldError> examine(JsonNode object, @Nullable JsonNode old);
}
