package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.FieldError;
import dev.waybill.gateway.kinds.Kind;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Finds fields of the wrong type in a manifest, so that one by event is checked like one over HTTP. Pure. */
@FunctionalInterface
public interface ManifestCheck {
    /** Checks nothing. */
    ManifestCheck NONE = (kind, manifest) -> List.of();

    List<FieldError> check(Kind kind, ObjectNode manifest);
}
