package dev.waybill.gateway.state;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.gateway.kinds.FieldError;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.state.apply.ApplyConflictException;
import dev.waybill.gateway.state.apply.FieldOwner;
import dev.waybill.gateway.state.apply.FieldOwnership;
import dev.waybill.gateway.state.apply.FieldVersions;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The part of a request that is about who owns which field. One thread. */
record Ownership(Draft draft, Kind kind, String subresource, DesiredStateRequest request) {

    /** What applying a manifest comes to; refused when others own what it changes. */
    FieldOwnership.Applied apply(ObjectNode present, ObjectNode config) {
        return apply(kind, subresource, request, present, config, FieldVersions.one(kind.shape()), draft.timestamp());
    }

    /** The same in any version of the object. */
    static FieldOwnership.Applied apply(
            Kind kind,
            String subresource,
            DesiredStateRequest request,
            ObjectNode present,
            ObjectNode config,
            FieldVersions versions,
            String now) {
        if (request.getFieldManager().isEmpty()) {
            throw new Refusal(
                            422,
                            "Invalid",
                            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for "
                                    + "apply patch",
                            List.of(FieldError.required("fieldManager", "is required for apply patch")))
                    .asException();
        }
        if (!config.path("metadata").path("managedFields").isEmpty()) {
            throw Refusal.badRequest("metadata.managedFields must be nil").asException();
        }
        try {
            return FieldOwnership.apply(
                    present,
                    FieldOwnership.within(config, kind.hasStatus(), subresource),
                    versions,
                    new FieldOwner(request.getFieldManager(), true, kind.apiVersion(), subresource),
                    request.getForce(),
                    now);
        } catch (ApplyConflictException e) {
            throw new Refusal(
                            409,
                            "Conflict",
                            String.valueOf(e.getMessage()),
                            e.conflicts().stream()
                                    .map(conflict -> new FieldError(
                                            "FieldManagerConflict",
                                            conflict.path(),
                                            "conflict with " + conflict.manager()))
                                    .toList())
                    .asException();
        }
    }

    /** Lets a caller's own managedFields count: clients that move from one manager name to another send them. */
    void bring(ObjectNode object, JsonNode managedFields) {
        if (!managedFields.isEmpty()) {
            Json.child(object, "metadata").set("managedFields", managedFields);
        }
    }

    /**
     * Sets the managedFields of an object that changes.
     *
     * @param applied what applying came to; null when it changes another way
     */
    void record(ObjectNode before, ObjectNode after, @Nullable ArrayNode applied) {
        ArrayNode managed = applied != null
                ? applied
                : FieldOwnership.updated(before, after, kind.shape(), manager(), draft.timestamp());
        ObjectNode metadata = Json.child(after, "metadata");
        if (managed.isEmpty()) {
            metadata.remove("managedFields");
        } else {
            metadata.set("managedFields", managed);
        }
    }

    private @Nullable FieldOwner manager() {
        return request.getFieldManager().isEmpty()
                ? null
                : new FieldOwner(request.getFieldManager(), false, kind.apiVersion(), subresource);
    }
}
