package dev.waybill.gateway.state;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a request takes for granted about its object: that it is there, its uid, its version. One thread. */
record Preconditions(Draft draft, Kind kind, ResourceKey key, DesiredStateRequest request) {

    /** The object that the request is about, as it expects it. */
    StoredObject existing() {
        if (key.name().isEmpty()) {
            throw Refusal.badRequest("name: Required value").asException();
        }
        StoredObject object = draft.get(key);
        if (object == null) {
            throw Refusal.notFound(kind.qualifiedResource(), key.name()).asException();
        }
        if (request.getPreconditionUid() != null) {
            checkUid(object, request.getPreconditionUid());
        }
        String version = request.getPreconditionResourceVersion();
        if (version != null && !version.isEmpty() && !version.equals(String.valueOf(object.revision()))) {
            throw Refusal.modified(kind, key.name()).asException();
        }
        return object;
    }

    void checkUid(StoredObject object, String uid) {
        checkUid(kind, object, uid);
    }

    private static void checkUid(Kind kind, StoredObject object, String uid) {
        if (!uid.isEmpty() && !uid.equals(object.uid())) {
            throw Refusal.conflict(
                            kind,
                            object.name(),
                            "Precondition failed: UID in precondition: " + uid + ", UID in object meta: "
                                    + object.uid())
                    .asException();
        }
    }

    /** The preconditions of DeleteOptions. */
    void checkOptions(StoredObject before, JsonNode options) {
        JsonNode conditions = options.path("preconditions");
        checkUid(before, Json.text(conditions, "uid"));
        String version = Json.text(conditions, "resourceVersion");
        if (!version.isEmpty() && !version.equals(String.valueOf(before.revision()))) {
            throw Refusal.conflict(
                            kind,
                            key.name(),
                            "Precondition failed: ResourceVersion in precondition: " + version
                                    + ", ResourceVersion in object meta: " + before.revision())
                    .asException();
        }
    }

    void checkVersion(StoredObject before, ObjectNode object) {
        checkVersion(kind, before, object);
    }

    /** A manifest with a resourceVersion or uid speaks of that state only. */
    static void checkVersion(Kind kind, StoredObject before, ObjectNode object) {
        JsonNode metadata = object.path("metadata");
        String version = Json.text(metadata, "resourceVersion");
        if (!version.isEmpty() && !version.equals(String.valueOf(before.revision()))) {
            throw Refusal.modified(kind, before.name()).asException();
        }
        checkUid(kind, before, Json.text(metadata, "uid"));
    }

    void checkType(ObjectNode object) {
        checkType(kind, object);
    }

    /** A manifest of another type is refused; one without gets it. */
    static void checkType(Kind kind, ObjectNode object) {
        String apiVersion = Json.text(object, "apiVersion");
        String named = Json.text(object, "kind");
        if (apiVersion.isEmpty() && named.isEmpty()) {
            object.put("apiVersion", kind.apiVersion()).put("kind", kind.kind());
        } else if (!apiVersion.equals(kind.apiVersion()) || !named.equals(kind.kind())) {
            throw Refusal.badRequest("the API version in the data (" + apiVersion + ", " + named
                            + ") does not match the expected API version (" + kind.apiVersion() + ", " + kind.kind()
                            + ")")
                    .asException();
        }
    }
}
