package dev.waybill.gateway.state;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOperation;
import dev.waybill.gateway.kinds.FieldError;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.state.Requests.Result;
import dev.waybill.gateway.state.Requests.Target;
import dev.waybill.gateway.state.apply.FieldOwnership.Applied;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Carries out one request on a draft: create, update, patch, apply, delete, and the subresources. One thread. */
final class ObjectRequests {
    /** What only the writer sets. */
    static final List<String> OWN_METADATA = List.of(
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
    private final Caller caller;
    private final DesiredStateRequest request;
    private final ManifestCheck check;
    private final Rulings rulings;
    /** The kind as the request names it, and as it is stored. */
    private final Kind asked;

    private final Kind kind;
    private final ResourceKey key;
    private final Preconditions expect;
    private final Ownership ownership;

    ObjectRequests(
            Draft draft,
            Target target,
            Caller caller,
            DesiredStateRequest request,
            ManifestCheck check,
            Rulings rulings) {
        this.draft = draft;
        this.target = target;
        this.caller = caller;
        this.request = request;
        this.check = check;
        this.rulings = rulings;
        this.asked = target.kind();
        this.kind = draft.stored(asked);
        this.key = target.key();
        this.expect = new Preconditions(draft, asked, key, request);
        this.ownership = new Ownership(draft, kind, target.subresource(), request);
    }

    Result decide() {
        if (request.getConverted()) {
            return converted();
        }
        if (request.getOperation() != RequestOperation.DELETE) {
            checkWebhook();
        }
        return switch (request.getOperation()) {
            case CREATE -> create();
            case UPDATE -> update();
            case PATCH -> patch();
            case DELETE -> delete();
            case APPLY -> apply();
        };
    }

    /** Nobody asks a webhook here: the writer waits for nothing, and by event nobody is there to ask it before. */
    private void checkWebhook() {
        if (kind.webhook() == null) {
            return;
        }
        StoredObject present = key.name().isEmpty() ? null : draft.get(key);
        if (!asked.isStorage()) {
            throw Refusal.badRequest(asked.apiVersion() + ", Kind=" + asked.kind()
                            + " is converted by a webhook, which is asked for requests over HTTP alone: send it as "
                            + kind.apiVersion() + ", which is stored")
                    .asException();
        }
        if (present != null && !present.kind().apiVersion().equals(kind.apiVersion())) {
            throw Refusal.conflict(
                            kind,
                            key.name(),
                            "it is stored as " + present.kind().apiVersion()
                                    + " and is converted by a webhook, which is asked for requests over HTTP alone:"
                                    + " write it once over HTTP")
                    .asException();
        }
    }

    /** A change that {@link ConvertedChange} made: the whole object as it is to be, whichever its subresource. */
    private Result converted() {
        ObjectNode object = target.manifest().deepCopy();
        expect.checkType(object);
        if (!asked.isStorage()) {
            throw Refusal.modified(kind, key.name()).asException(); // another version is stored since
        }
        ArrayNode owners = Json.childArray(Json.child(object, "metadata"), "managedFields");
        boolean fresh = Json.text(object, "metadata", "resourceVersion").isEmpty();
        if (fresh) {
            if (request.getOperation() != RequestOperation.CREATE) {
                caller.require(draft.image(), target.attempt("create"));
            }
            return create(object, owners);
        }
        StoredObject before = expect.existing();
        expect.checkVersion(before, object);
        ObjectNode metadata = Json.child(object, "metadata");
        ObjectNode old = before.json();
        OWN_METADATA.forEach(field -> copy(old.path("metadata"), metadata, field));
        boolean inTurn = before.kind().apiVersion().equals(kind.apiVersion());
        kind.defaults(object);
        kind.rules().prepareForUpdate(object, old);
        // What is stored in another version says nothing about this one's transitions; they were checked in the
        // caller's.
        List<FieldError> errors = kind.validate(object, inTurn ? old : null, rulings);
        if (before.deleting()) {
            Deletion.noNewFinalizers(object, old, errors);
        }
        reject(before.name(), check(object), errors);
        Grants.check(draft, caller, kind, object, old);
        Admission.changed(draft, kind, key.namespace(), before.name(), object, old);
        if (inTurn && kind.changesGeneration(old, object)) {
            metadata.set("generation", Json.number(before.generation() + 1));
        }
        ownership.record(old, object, owners);
        StoredObject after = draft.replace(before, object);
        return new Result(200, Deletion.finish(draft, after));
    }

    private Result create() {
        switch (target.subresource()) {
            case "" -> {}
            case "binding" -> {
                return new Result(201, Bindings.requested(draft, asked, expect.existing(), target.manifest()));
            }
            case "eviction" -> {
                StoredObject pod = expect.existing();
                expect.checkOptions(pod, target.manifest().path("deleteOptions"));
                return new Result(201, Evictions.evict(draft, pod, target.manifest(), request));
            }
            default -> throw methodNotAllowed();
        }
        ObjectNode object = target.manifest().deepCopy();
        expect.checkType(object);
        List<FieldError> errors = new ArrayList<>();
        asked.rules().validateAsAsked(object, errors);
        if (!errors.isEmpty()) {
            throw Refusal.invalid(asked, Json.text(object, "metadata", "name"), errors)
                    .asException();
        }
        return create(asked.toStorage(object), null);
    }

    /** @param applied the managedFields of an applied object; null when it came another way */
    private Result create(ObjectNode object, @Nullable ArrayNode applied) {
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
        if (!request.getConverted() && (kind.custom() == null || kind.hasStatus())) {
            object.remove("status");
        }
        if (draft.get(new ResourceKey(key.group(), key.resource(), key.namespace(), name)) != null) {
            throw Refusal.alreadyExists(kind, name).asException();
        }
        Admission.namespace(draft, kind, key.namespace(), name);
        metadata.put("uid", draft.ids().uid());
        kind.defaults(object);
        kind.rules().prepareForCreate(object);
        CertificateRequests.complete(caller, kind, object);
        Admission.complete(draft, kind, key.namespace(), name, object);
        reject(name, check(object), kind.validate(object, null, rulings));
        Grants.check(draft, caller, kind, object, null);
        Admission.admit(draft, kind, key.namespace(), name, object);
        ownership.record(Json.object(), object, applied);
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
        String generated = rulings.nameLike(base);
        while (generated.isEmpty()
                || draft.get(new ResourceKey(key.group(), key.resource(), key.namespace(), generated)) != null) {
            generated = base + draft.ids().suffix();
        }
        return generated;
    }

    private Result update() {
        if (kind.rules().createdByUpdate() && target.subresource().isEmpty() && draft.get(key) == null) {
            caller.require(draft.image(), target.attempt("create"));
            return create();
        }
        StoredObject before = expect.existing();
        if (target.subresource().equals("scale")) {
            return scale(before, target.manifest());
        }
        ObjectNode object = target.manifest().deepCopy();
        expect.checkType(object);
        return replace(before, asked.toStorage(object), null);
    }

    private Result apply() {
        ObjectNode config = target.manifest().deepCopy();
        expect.checkType(config);
        asked.toStorage(config);
        if (!target.subresource().isEmpty() && !target.subresource().equals("status")) {
            throw methodNotAllowed();
        }
        if (draft.get(key) == null && target.subresource().isEmpty()) {
            caller.require(draft.image(), target.attempt("create"));
            Applied created = ownership.apply(Json.object(), config);
            if (!Json.text(config, "metadata", "uid").isEmpty()
                    || !Json.text(config, "metadata", "resourceVersion").isEmpty()) {
                throw Refusal.modified(kind, key.name()).asException();
            }
            return create(created.object(), created.managedFields());
        }
        StoredObject before = expect.existing();
        expect.checkVersion(before, config);
        Applied applied = ownership.apply(before.json(), config);
        return replace(before, applied.object(), applied.managedFields());
    }

    private Result patch() {
        StoredObject before = expect.existing();
        boolean scale = target.subresource().equals("scale");
        ObjectNode object = scale ? Scale.of(asked, before) : asked.fromStorage(before.copy());
        PatchBodies.apply(asked, request, target.body(), object);
        if (scale) {
            return scale(before, object);
        }
        PatchBodies.settleUnknown(asked, request, object, check, draft::warn);
        expect.checkType(object);
        return replace(before, asked.toStorage(object), null);
    }

    private Result replace(StoredObject before, ObjectNode object, @Nullable ArrayNode applied) {
        expect.checkVersion(before, object);
        ObjectNode metadata = Json.child(object, "metadata");
        if (kind.namespaced()) {
            metadata.put("namespace", key.namespace());
        }
        ObjectNode old = before.json();
        JsonNode brought = metadata.path("managedFields");
        for (String field : OWN_METADATA) {
            copy(old.path("metadata"), metadata, field);
        }
        if (target.subresource().equals("status")) {
            return status(before, object, brought, applied);
        }
        if (!target.subresource().isEmpty()) {
            return throughSubresource(before, object, applied);
        }
        if (kind.hasStatus()) {
            copy(old, object, "status");
        }
        kind.defaults(object);
        kind.rules().prepareForUpdate(object, old);
        ServiceAddresses.carry(kind, object, old);
        PriorityClasses.carry(kind, object, old);
        List<FieldError> errors = kind.validate(object, old, rulings);
        if (before.deleting()) {
            Deletion.noNewFinalizers(object, old, errors);
        }
        reject(before.name(), check(object), errors);
        Grants.check(draft, caller, kind, object, before.json());
        Admission.changed(draft, kind, key.namespace(), before.name(), object, old);
        if (kind.changesGeneration(old, object)) {
            metadata.set("generation", Json.number(before.generation() + 1));
        }
        ownership.bring(object, brought);
        ownership.record(old, object, applied);
        StoredObject after = draft.replace(before, object);
        return new Result(200, Deletion.finish(draft, after));
    }

    /** The status, and as much of the metadata as goes with it. */
    private Result status(StoredObject before, ObjectNode asked, JsonNode brought, @Nullable ArrayNode applied) {
        ObjectNode old = before.json();
        ObjectNode object = before.copy();
        copy(asked, object, "status");
        for (String field : kind.rules().metadataWithStatus()) {
            copy(asked.path("metadata"), Json.child(object, "metadata"), field);
        }
        kind.rules().prepareForStatus(object, old);
        List<FieldError> errors = new ArrayList<>();
        if (!object.path("metadata").equals(old.path("metadata"))) {
            kind.validateMetadata(object, old, errors);
        }
        if (before.deleting()) {
            Deletion.noNewFinalizers(object, old, errors);
        }
        kind.rules().validateStatus(object, old, rulings, errors);
        reject(before.name(), errors);
        CertificateRequests.decided(draft, caller, kind, object, old);
        ownership.bring(object, brought);
        ownership.record(old, object, applied);
        return new Result(200, Deletion.finish(draft, draft.replace(before, object)));
    }

    /** A subresource that changes a part of the object as the kind's rules say. */
    private Result throughSubresource(StoredObject before, ObjectNode asked, @Nullable ArrayNode applied) {
        ObjectNode old = before.json();
        ObjectNode object = kind.rules().throughSubresource(target.subresource(), before.copy(), asked);
        if (object == null) {
            throw methodNotAllowed();
        }
        List<FieldError> errors = new ArrayList<>();
        kind.rules().validateSubresource(object, old, errors);
        reject(before.name(), check(object), errors);
        CertificateRequests.decided(draft, caller, kind, object, old);
        Admission.changed(draft, kind, key.namespace(), before.name(), object, old);
        if (kind.changesGeneration(old, object)) {
            Json.child(object, "metadata").set("generation", Json.number(before.generation() + 1));
        }
        ownership.record(old, object, applied);
        return new Result(200, Deletion.finish(draft, draft.replace(before, object)));
    }

    private Result scale(StoredObject before, ObjectNode scale) {
        expect.checkVersion(before, scale);
        JsonNode replicas = scale.path("spec").path("replicas");
        ObjectNode object = before.copy();
        Scale.set(kind, object, replicas.isMissingNode() ? Json.number(0) : replicas);
        reject(before.name(), kind.validate(object, before.json(), rulings));
        if (!object.equals(before.json())) {
            Json.child(object, "metadata").set("generation", Json.number(before.generation() + 1));
        }
        ownership.record(before.json(), object, null);
        return new Result(200, draft.replace(before, object));
    }

    private Result delete() {
        StoredObject before = expect.existing();
        if (!target.subresource().isEmpty()) {
            throw methodNotAllowed();
        }
        JsonNode options = target.body() == null ? Json.object() : target.body();
        expect.checkOptions(before, options);
        PriorityClasses.checkDeletion(before);
        StoredObject after = Deletion.delete(draft, before, Deletion.Options.of(options, request));
        boolean cascades = Json.text(options, "propagationPolicy").equals("Foreground")
                || (options.path("orphanDependents").isBoolean()
                        && !options.path("orphanDependents").booleanValue());
        return new Result(cascades && draft.get(key) != null ? 202 : 200, after);
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

    static void copy(JsonNode from, ObjectNode to, String field) {
        JsonNode value = from.get(field);
        if (value == null) {
            to.remove(field);
        } else {
            to.set(field, value.deepCopy());
        }
    }
}
