package dev.waybill.gateway.state.apply;

import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.MergeShape;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The annotation of clients that apply on their own side, while an object moves to server-side apply. Stateless. */
final class ClientSideApply {
    /** Only this manager succeeds client-side apply; others opt out by another name. */
    static final String SUCCESSOR = "kubectl";

    private static final String ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration";

    private ClientSideApply() {}

    /** The fields that were applied on the client's side and still have that value: no conflict holds there. */
    static FieldSet yielded(ObjectNode present, MergeShape shape) {
        try {
            String last = annotation(present);
            if (last.isEmpty()) {
                return FieldSet.NONE;
            }
            JsonNode before = Json.parse(last);
            Fields.Comparison since = Fields.compare(before, present, shape);
            return Fields.of(before, shape).minus(since.changed()).minus(since.removed());
        } catch (JacksonException e) {
            return FieldSet.NONE;
        }
    }

    /** Lets the annotation, where there is one, say what is applied now; its owner stays who it was. */
    static void keepInStep(ObjectNode present, ObjectNode next, ObjectNode config) {
        if (!annotation(present).isEmpty()) {
            Json.child(Json.child(next, "metadata"), "annotations").put(ANNOTATION, Json.write(config) + "\n");
        }
    }

    private static String annotation(ObjectNode object) {
        return object.path("metadata").path("annotations").path(ANNOTATION).asString("");
    }
}
