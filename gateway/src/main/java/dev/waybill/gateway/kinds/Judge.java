package dev.waybill.gateway.kinds;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Says what rules have against an object, wherever they were held against it. */
@FunctionalInterface
public interface Judge {

    /** Holds the rules against the object while the caller waits. */
    Judge AT_ONCE = Examiner::examine;

    /** @param old the object before; null when there is none */
    List<FieldError> findings(Examiner rules, JsonNode object, @Nullable JsonNode old);
}
