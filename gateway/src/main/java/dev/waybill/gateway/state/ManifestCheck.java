package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.FieldError;
import dev.waybill.gateway.kinds.Kind;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Compares manifests with their kind's fields, so that one by event is checked like one over HTTP. Pure. */
public interface ManifestCheck {
    /** Checks nothing. */
    ManifestCheck NONE = new ManifestCheck() {
        @Override
        public List<FieldError> check(Kind kind, ObjectNode manifest) {
            return List.of();
        }

        @Override
        public List<String> prune(Kind kind, ObjectNode manifest) {
            return List.of();
        }
    };

    /** Fields that the kind does not have, and values of the wrong type. */
    List<FieldError> check(Kind kind, ObjectNode manifest);

    /** Takes out the fields that the kind does not have, in place, and names each as strict decoders do. */
    List<String> prune(Kind kind, ObjectNode manifest);
}
