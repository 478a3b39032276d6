package dev.waybill.gateway.state;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.gateway.kinds.FieldError;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.state.Requests.Result;
import dev.waybill.gateway.state.Requests.Target;
import dev.waybill.gateway.state.patch.InvalidPatchException;
import dev.waybill.gateway.state.patch.JsonPatch;
import dev.waybill.gateway.state.patch.MergePatch;
import dev.waybill.gateway.state.patch.StrategicMergePatch;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Carries out one request on a draft: create, update, patch, delete, and the subresources. One thread. */
final class ObjectRequests {
    /** What only the writer sets. */
    private static final List<String> OWN_METADATA = List.of(
            "uid",
            "creationTimestamp",
            "generation",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "managedFields",
            "selfLink",
            "resourceVersion");

    private final Draft draft;
    private final Target target;
    private final DesiredStateRequest request;
    private final ManifestCheck check;
    private final Kind kind;
    private final ResourceKey key;

    ObjectRequests(Draft draft, Target target, DesiredStateRequest request, ManifestCheck check) {
        this.draft = draft;
        this.target = target;
        this.request = request;
        this.check = check;
        this.kind = target.kind();
        this.key = target.key();
    }

    Result decide() {
        return switch (request.getOperation()) {
            case CREATE -> create();
            case UPDATE -> update();
            case PATCH -> patch();
            case DELETE -> delete();
            case APPLY ->
                throw Refusal.unsupported("server-side apply is not supported: use a create, update or another patch")
                        .asException();
        };
    }

    private Result create() {
        switch (target.subresource()) {
            case "" -> {}
            case "binding" -> {
                return bind();
            }
            case "eviction" -> {
                StoredObject pod = existing();
                JsonNode options = target.manifest().path("deleteOptions");
                return new Result(201, Deletion.delete(draft, pod, Deletion.Options.of(options, request)));
            }
            default -> throw methodNotAllowed();
        }
        ObjectNode object = target.manifest().deepCopy();
        checkType(object);
        ObjectNode metadata = Json.child(object, "metadata");
        if (!Json.text(metadata, "resourceVersion").isEmpty()) {
            throw Refusal.badRequest("resourceVersion should not be set on objects to be created")
                    .asException();
        }
        metadata.remove(OWN_METADATA);
        if (kind.namespaced()) {
            metadata.put("namespace", key.namespace());
        }
        String name = name(metadata);
        metadata.put("name", name);
        object.remove("status");
        if (draft.get(new ResourceKey(key.group(), key.resource(), key.namespace(), name)) != null) {
            throw Refusal.alreadyExists(kind, name).asException();
        }
        Admission.namespace(draft, kind, key.namespace(), name);
        kind.defaults(object);
        kind.rules().prepareForCreate(object);
        Admission.complete(draft, kind, key.namespace(), name, object);
        reject(name, check(object), kind.validate(object, null));
        Admission.admit(draft, kind, key.namespace(), name, object);
        StoredObject added = draft.add(kind, object);
        Admission.created(draft, added);
        return new Result(201, added);
    }

    private String name(ObjectNode metadata) {
        String prefix = Json.text(metadata, "generateName");
        if (!key.name().isEmpty() || prefix.isEmpty()) {
            return key.name();
        }
        // The prefix is cut so that the whole stays a label (k8s.io/apiserver/pkg/storage/names).
        String base = prefix.length() > 58 ? prefix.substring(0, 58) : prefix;
        String generated = base + draft.ids().suffix();
        while (draft.get(new ResourceKey(key.group(), key.resource(), key.namespace(), generated)) != null) {
            generated = base + draft.ids().suffix();
        }
        return generated;
    }

    private Result update() {
        if (kind.rules().createdByUpdate() && target.subresource().isEmpty() && draft.get(key) == null) {
            return create();
        }
        StoredObject before = existing();
        if (target.subresource().equals("scale")) {
            return scale(before, target.manifest());
        }
        ObjectNode object = target.manifest().deepCopy();
        checkType(object);
        return replace(before, object);
    }

    private Result patch() {
        StoredObject before = existing();
        boolean scale = target.subresource().equals("scale");
        ObjectNode object = scale ? Scale.of(before) : before.copy();
        if (request.getPatchType() == null) {
            throw Refusal.badRequest("patchType: Required value").asException();
        }
        try {
            switch (request.getPatchType()) {
                case JSON -> {
                    if (!(target.body() instanceof ArrayNode operations)) {
                        throw Refusal.badRequest("a JSON patch must be a list of operations")
                                .asException();
                    }
                    JsonPatch.apply(object, operations);
                }
                case MERGE -> MergePatch.apply(object, target.manifest());
                case STRATEGIC_MERGE -> {
                    if (kind.group().equals("waybill.dev")) {
                        throw Refusal.unsupported("the body of the request was in an unknown format - accepted media "
                                        + "types include: application/json-patch+json, application/merge-patch+json")
                                .asException();
                    }
                    StrategicMergePatch.apply(object, target.manifest());
                }
            }
        } catch (InvalidPatchException e) {
            throw new Refusal(
                            422,
                            "Invalid",
                            "the server rejected our request due to an error in our request: " + e.getMessage(),
                            List.of())
                    .asException();
        }
        if (scale) {
            return scale(before, object);
        }
        checkType(object);
        return replace(before, object);
    }

    private Result replace(StoredObject before, ObjectNode object) {
        checkVersion(before, object);
        ObjectNode metadata = Json.child(object, "metadata");
        if (kind.namespaced()) {
            metadata.put("namespace", key.namespace());
        }
        ObjectNode old = before.json();
        for (String field : OWN_METADATA) {
            copy(old.path("metadata"), metadata, field);
        }
        if (target.subresource().equals("status")) {
            ObjectNode next = before.copy();
            copy(object, next, "status");
            List<FieldError> errors = new ArrayList<>();
            kind.rules().validateStatus(next, old, errors);
            reject(before.name(), errors);
            return new Result(200, draft.replace(before, next));
        }
        if (!target.subresource().isEmpty()) {
            throw methodNotAllowed();
        }
        if (kind.hasStatus()) {
            copy(old, object, "status");
        }
        kind.defaults(object);
        kind.rules().prepareForUpdate(object, old);
        List<FieldError> errors = kind.validate(object, old);
        if (before.deleting()) {
            Deletion.noNewFinalizers(object, old, errors);
        }
        reject(before.name(), check(object), errors);
        Admission.changed(draft, kind, before.name(), object);
        if (kind.generational() && !Json.same(object.path("spec"), old.path("spec"))) {
            metadata.set("generation", Json.number(before.generation() + 1));
        }
        StoredObject after = draft.replace(before, object);
        return new Result(200, Deletion.finish(draft, after));
    }

    private Result scale(StoredObject before, ObjectNode scale) {
        checkVersion(before, scale);
        JsonNode replicas = scale.path("spec").path("replicas");
        ObjectNode object = before.copy();
        Json.child(object, "spec").set("replicas", replicas.isMissingNode() ? Json.number(0) : replicas);
        reject(before.name(), kind.validate(object, before.json()));
        if (!object.equals(before.json())) {
            Json.child(object, "metadata").set("generation", Json.number(before.generation() + 1));
        }
        return new Result(200, draft.replace(before, object));
    }

    private Result bind() {
        StoredObject pod = existing();
        ObjectNode binding = target.manifest();
        String node = Json.text(binding, "target", "name");
        if (node.isEmpty()) {
            throw Refusal.invalid(kind, key.name(), List.of(FieldError.required("target.name", "")))
                    .asException();
        }
        String uid = Json.text(binding, "metadata", "uid");
        if (!uid.isEmpty() && !uid.equals(pod.uid())) {
            throw Refusal.modified(kind, key.name()).asException();
        }
        String account = Json.text(binding, "target", "uid");
        Bindings.Verdict verdict = Bindings.check(draft.image(), pod, node, account);
        if (!verdict.accepted()) {
            throw new Refusal(
                            409,
                            "Conflict",
                            "Operation cannot be fulfilled on pods/binding \"" + pod.name() + "\": "
                                    + verdict.message(),
                            List.of())
                    .asException();
        }
        return new Result(201, Bindings.bind(draft, pod, node));
    }

    private Result delete() {
        StoredObject before = existing();
        if (!target.subresource().isEmpty()) {
            throw methodNotAllowed();
        }
        JsonNode options = target.body() == null ? Json.object() : target.body();
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
        return new Result(200, Deletion.delete(draft, before, Deletion.Options.of(options, request)));
    }

    private StoredObject existing() {
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

    private void checkUid(StoredObject object, String uid) {
        if (!uid.isEmpty() && !uid.equals(object.uid())) {
            throw Refusal.conflict(
                            kind,
                            key.name(),
                            "Precondition failed: UID in precondition: " + uid + ", UID in object meta: "
                                    + object.uid())
                    .asException();
        }
    }

    private void checkVersion(StoredObject before, ObjectNode object) {
        JsonNode metadata = object.path("metadata");
        String version = Json.text(metadata, "resourceVersion");
        if (!version.isEmpty() && !version.equals(String.valueOf(before.revision()))) {
            throw Refusal.modified(kind, before.name()).asException();
        }
        checkUid(before, Json.text(metadata, "uid"));
    }

    private void checkType(ObjectNode object) {
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

    private List<FieldError> check(ObjectNode object) {
        return check.check(kind, object);
    }

    @SafeVarargs
    private void reject(String name, List<FieldError>... found) {
        List<FieldError> errors = new ArrayList<>();
        for (List<FieldError> each : found) {
            errors.addAll(each);
        }
        if (!errors.isEmpty()) {
            throw Refusal.invalid(kind, name, errors).asException();
        }
    }

    private RefusedException methodNotAllowed() {
        return new Refusal(
                        405,
                        "MethodNotAllowed",
                        "the server does not allow this method on the requested resource",
                        List.of())
                .asException();
    }

    private static void copy(JsonNode from, ObjectNode to, String field) {
        JsonNode value = from.get(field);
        if (value == null) {
            to.remove(field);
        } else {
            to.set(field, value.deepCopy());
        }
    }
}
