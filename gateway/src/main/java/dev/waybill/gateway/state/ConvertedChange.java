package dev.waybill.gateway.state;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOperation;
import dev.waybill.gateway.kinds.FieldError;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Judge;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.state.apply.FieldOwner;
import dev.waybill.gateway.state.apply.FieldOwnership;
import dev.waybill.gateway.state.apply.FieldVersions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes a change in the version that its caller speaks, of a kind whose versions a webhook converts (ADR 46): on the
 * caller's thread, against the object as it was seen, so that the writer only has to see that it is still the same. The
 * rules are those of {@link ObjectRequests}; conversions are the caller's to make. One thread.
 */
public final class ConvertedChange {
    private final DesiredStateRequest request;
    private final Kind asked;
    private final Kind stored;
    private final FieldVersions versions;
    private final String now;
    private final Judge judge;
    private @Nullable ArrayNode applied;

    private ConvertedChange(
            DesiredStateRequest request, Kind asked, Kind stored, FieldVersions versions, Instant now, Judge judge) {
        this.request = request;
        this.asked = asked;
        this.stored = stored;
        this.versions = versions;
        this.now = now.truncatedTo(ChronoUnit.SECONDS).toString();
        this.judge = judge;
    }

    /** Whether a change must be made here, since some of what it is about is said in another version. */
    public static boolean concerns(Kind asked, @Nullable StoredObject before) {
        if (asked.webhook() == null) {
            return false;
        }
        if (!asked.isStorage()) {
            return true;
        }
        return before != null
                && (!before.kind().apiVersion().equals(asked.apiVersion())
                        || before.json()
                                .path("metadata")
                                .path("managedFields")
                                .valueStream()
                                .anyMatch(
                                        entry -> !Json.text(entry, "apiVersion").equals(asked.apiVersion())));
    }

    /**
     * What to ask of the writer.
     *
     * @param request as it came, in the version of {@code asked}
     * @param stored the kind in the version that is stored
     * @param before the object; null when there is none
     * @param versions converts, and fails as it likes
     * @param judge says what rules have against the object in the version of {@code asked}, and fails as it likes
     * @throws RefusedException when nothing may come of it
     */
    public static DesiredStateRequest of(
            DesiredStateRequest request,
            Kind asked,
            Kind stored,
            @Nullable StoredObject before,
            FieldVersions versions,
            Instant now,
            Judge judge) {
        ObjectNode object = new ConvertedChange(request, asked, stored, versions, now, judge).made(before);
        return DesiredStateRequest.newBuilder(request)
                .setVersion(stored.version())
                .setManifest(Json.write(object))
                .setPatchType(null)
                .setConverted(true)
                .build();
    }

    private ObjectNode made(@Nullable StoredObject before) {
        RequestOperation operation = request.getOperation();
        if (operation == RequestOperation.CREATE) {
            return created(manifest());
        }
        if (before == null) {
            if (operation == RequestOperation.APPLY && request.getSubresource().isEmpty()) {
                ObjectNode config = manifest();
                if (!Json.text(config, "metadata", "uid").isEmpty()
                        || !Json.text(config, "metadata", "resourceVersion").isEmpty()) {
                    throw Refusal.modified(asked, request.getName()).asException();
                }
                return created(appliedTo(Json.object(), config));
            }
            throw Refusal.notFound(asked.qualifiedResource(), request.getName()).asException();
        }
        ObjectNode live = converted(asked.apiVersion(), before.json().deepCopy());
        StoredObject shown = StoredObject.ofTree(before.key(), asked, before.revision(), live);
        boolean scale = request.getSubresource().equals("scale");
        ObjectNode object =
                switch (operation) {
                    case PATCH -> {
                        ObjectNode patched = scale ? Scale.of(asked, shown) : live.deepCopy();
                        PatchBodies.apply(asked, request, Json.parse(body()), patched);
                        if (!scale) {
                            // Nobody is there to be warned: the writer sees the object as it is stored.
                            PatchBodies.settleUnknown(asked, request, patched, new SchemaCheck(), _ -> {});
                        }
                        yield patched;
                    }
                    case APPLY -> {
                        Preconditions.checkVersion(asked, before, manifest());
                        yield appliedTo(live, manifest());
                    }
                    default -> manifest();
                };
        Preconditions.checkVersion(asked, before, object);
        return scale ? scaled(live, object) : replaced(live, object);
    }

    private ObjectNode created(ObjectNode object) {
        ObjectNode metadata = Json.child(object, "metadata");
        if (!Json.text(metadata, "resourceVersion").isEmpty()) {
            throw Refusal.badRequest("resourceVersion should not be set on objects to be created")
                    .asException();
        }
        metadata.remove(ObjectRequests.OWN_METADATA);
        if (asked.namespaced()) {
            metadata.put("namespace", request.getNamespace());
        }
        if (!request.getName().isEmpty()) {
            metadata.put("name", request.getName());
        }
        if (asked.hasStatus()) {
            object.remove("status");
        }
        asked.defaults(object);
        reject(Json.text(metadata, "name"), asked.validate(object, null, judge));
        return owned(Json.object(), object);
    }

    private ObjectNode replaced(ObjectNode live, ObjectNode object) {
        Preconditions.checkType(asked, object);
        ObjectNode metadata = Json.child(object, "metadata");
        JsonNode brought = metadata.path("managedFields");
        if (asked.namespaced()) {
            metadata.put("namespace", request.getNamespace());
        }
        ObjectRequests.OWN_METADATA.forEach(field -> ObjectRequests.copy(live.path("metadata"), metadata, field));
        ObjectNode next = object;
        List<FieldError> errors = new ArrayList<>();
        if (request.getSubresource().equals("status")) {
            next = live.deepCopy();
            ObjectRequests.copy(object, next, "status");
            asked.rules().validateStatus(next, live, judge, errors);
        } else {
            if (asked.hasStatus()) {
                ObjectRequests.copy(live, next, "status");
            }
            asked.defaults(next);
            errors.addAll(asked.validate(next, live, judge));
        }
        reject(request.getName(), errors);
        if (!brought.isEmpty()) {
            Json.child(next, "metadata").set("managedFields", brought);
        }
        return owned(live, next);
    }

    private ObjectNode scaled(ObjectNode live, ObjectNode scale) {
        JsonNode replicas = scale.path("spec").path("replicas");
        ObjectNode next = live.deepCopy();
        Scale.set(asked, next, replicas.isMissingNode() ? Json.number(0) : replicas);
        reject(request.getName(), asked.validate(next, live, judge));
        return owned(live, next);
    }

    private ObjectNode appliedTo(ObjectNode live, ObjectNode config) {
        FieldOwnership.Applied result =
                Ownership.apply(asked, request.getSubresource(), request, live, config, versions, now);
        applied = result.managedFields();
        return result.object();
    }

    /** As it is stored, with who owns its fields. */
    private ObjectNode owned(ObjectNode before, ObjectNode after) {
        ArrayNode owners = applied != null
                ? applied
                : FieldOwnership.updated(before, after, versions, asked.apiVersion(), manager(), now);
        ObjectNode object = converted(stored.apiVersion(), after);
        ObjectNode metadata = Json.child(object, "metadata");
        if (owners.isEmpty()) {
            metadata.remove("managedFields");
        } else {
            metadata.set("managedFields", owners);
        }
        return object;
    }

    private @Nullable FieldOwner manager() {
        return request.getFieldManager().isEmpty()
                ? null
                : new FieldOwner(request.getFieldManager(), false, asked.apiVersion(), request.getSubresource());
    }

    private ObjectNode converted(String apiVersion, ObjectNode object) {
        return Objects.requireNonNull(versions.in(apiVersion, object), apiVersion);
    }

    private ObjectNode manifest() {
        if (Json.parse(body()) instanceof ObjectNode object) {
            return object;
        }
        throw Refusal.badRequest("the manifest must be a JSON object").asException();
    }

    private String body() {
        return Objects.requireNonNull(request.getManifest(), "manifest");
    }

    private void reject(String name, List<FieldError> errors) {
        if (!errors.isEmpty()) {
            throw Refusal.invalid(asked, name, errors).asException();
        }
    }
}
