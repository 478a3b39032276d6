package dev.waybill.gateway.state;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOperation;
import dev.waybill.events.RequestOutcome;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.kinds.Kinds;
import dev.waybill.gateway.rbac.Attempt;
import dev.waybill.gateway.state.Examination.Verdict;
import dev.waybill.gateway.state.Rulings.UnexaminedException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Decides what comes of a request: who asks, for what, and the answer. Pure. */
final class Requests {
    private final ManifestCheck manifestCheck;

    Requests(ManifestCheck manifestCheck) {
        this.manifestCheck = manifestCheck;
    }

    /** @param verdict what was found before of what this request comes to; null when nothing was examined */
    Decision decide(
            DesiredStateRequest request,
            String requestId,
            Instant requestedAt,
            Origin origin,
            Draft draft,
            @Nullable Verdict verdict) {
        Rulings rulings = new Rulings(verdict);
        WriterState state = draft.state();
        Caller caller = Caller.of(request, origin);
        if (!(origin instanceof Origin.Publisher publisher)) {
            return decide(request, requestId, requestedAt, "", caller, origin, draft, rulings);
        }
        RequestOutcome known = state.requests().outcomeOf(publisher.name(), requestId);
        return known == null
                ? decide(request, requestId, requestedAt, publisher.name(), caller, origin, draft, rulings)
                        .remembered(draft.now())
                : Decision.answer(state, known, caller.user());
    }

    private Decision decide(
            DesiredStateRequest request,
            String requestId,
            Instant requestedAt,
            String publisher,
            Caller caller,
            Origin origin,
            Draft draft,
            Rulings rulings) {
        WriterState state = draft.state();
        ResourceKey about =
                new ResourceKey(request.getGroup(), request.getResource(), request.getNamespace(), request.getName());
        try {
            if (requestedAt.plus(RememberedRequests.MEMORY).isBefore(draft.now())) {
                throw Refusal.expired("the request waited longer than " + RememberedRequests.MEMORY.toMinutes()
                                + " minutes and was not carried out")
                        .asException();
            }
            Target target = target(request, caller, state.image().kinds());
            about = target.key();
            checkConverted(request, origin);
            authorize(request, target, caller, state.image());
            checkOwner(request, draft);
            Result result =
                    new ObjectRequests(draft, target, caller, request, checkFor(request, caller), rulings).decide();
            RequestOutcome outcome = accepted(requestId, publisher, target, result, draft.warnings());
            if (request.getDryRun()) {
                return Decision.answer(state, dryRun(outcome, result.object(), state.image()), caller.user());
            }
            rememberBatch(request, draft);
            return draft.finish(outcome, caller.user());
        } catch (RefusedException e) {
            return Decision.answer(state, refused(requestId, publisher, about, e.refusal()), caller.user());
        } catch (UnexaminedException e) {
            return Decision.unexamined(state, e.examination(), caller.user());
        }
    }

    /**
     * What a request is about.
     *
     * @param key name empty when it is to be generated
     * @param body the manifest, the patch or the options; null without one
     */
    record Target(
            Kind kind,
            ResourceKey key,
            String subresource,
            @Nullable JsonNode body) {

        /** What doing this comes to in RBAC's terms: a new object has no name yet. */
        Attempt.OnResource attempt(String verb) {
            boolean fresh = verb.equals("create") && subresource.isEmpty();
            return new Attempt.OnResource(
                    verb, kind.group(), kind.plural(), subresource, key.namespace(), fresh ? "" : key.name());
        }

        ObjectNode manifest() {
            if (body instanceof ObjectNode object) {
                return object;
            }
            throw Refusal.badRequest("the manifest must be a JSON object").asException();
        }
    }

    /** What came of it. */
    record Result(int code, StoredObject object) {}

    private static Target target(DesiredStateRequest request, Caller caller, Kinds kinds) {
        @Nullable JsonNode body = body(request);
        boolean whole =
                request.getOperation() != RequestOperation.PATCH && request.getOperation() != RequestOperation.DELETE;
        Kind kind;
        if (request.getResource().isEmpty()) {
            if (!(body instanceof ObjectNode manifest)) {
                throw Refusal.badRequest("resource: Required value: without a manifest the request must name it")
                        .asException();
            }
            kind = kinds.byKind(Json.text(manifest, "apiVersion"), Json.text(manifest, "kind"));
            if (kind == null || !kind.isStored()) {
                throw new Refusal(
                                404,
                                "NotFound",
                                "no matches for kind \"" + Json.text(manifest, "kind") + "\" in version \""
                                        + Json.text(manifest, "apiVersion") + "\"",
                                List.of())
                        .asException();
            }
        } else {
            kind = request.getVersion().isEmpty()
                    ? kinds.byResource(request.getGroup(), request.getResource())
                    : kinds.byResource(request.getGroup(), request.getVersion(), request.getResource());
            if (kind == null || !kind.isStored()) {
                throw new Refusal(404, "NotFound", "the server could not find the requested resource", List.of())
                        .asException();
            }
        }
        String subresource = request.getSubresource();
        if (!subresource.isEmpty() && !kind.subresources().contains(subresource)) {
            throw new Refusal(404, "NotFound", "the server could not find the requested resource", List.of())
                    .asException();
        }
        ObjectNode metadata =
                whole && body instanceof ObjectNode object && object.get("metadata") instanceof ObjectNode m
                        ? m
                        : Json.object();
        return new Target(
                kind,
                new ResourceKey(
                        kind.storageGroup(),
                        kind.plural(),
                        kind.namespaced() ? namespace(request, metadata, caller) : "",
                        name(request, metadata)),
                subresource,
                body);
    }

    private static String namespace(DesiredStateRequest request, ObjectNode metadata, Caller caller) {
        String named = request.getNamespace();
        String written = Json.text(metadata, "namespace");
        if (named.isEmpty() && written.isEmpty()) {
            if (caller.byEvent()) {
                return "default";
            }
            throw Refusal.badRequest("an empty namespace may not be set during creation")
                    .asException();
        }
        if (!named.isEmpty() && !written.isEmpty() && !named.equals(written)) {
            throw Refusal.badRequest("the namespace of the provided object does not match the namespace sent on the "
                            + "request")
                    .asException();
        }
        return named.isEmpty() ? written : named;
    }

    private static String name(DesiredStateRequest request, ObjectNode metadata) {
        String named = request.getName();
        String written = Json.text(metadata, "name");
        if (!named.isEmpty() && !written.isEmpty() && !named.equals(written)) {
            throw Refusal.badRequest("the name of the object (" + written + ") does not match the name on the URL ("
                            + named + ")")
                    .asException();
        }
        return named.isEmpty() ? written : named;
    }

    private static @Nullable JsonNode body(DesiredStateRequest request) {
        String text = request.getManifest();
        if (text == null || text.isEmpty()) {
            return null;
        }
        try {
            return Json.parse(text);
        } catch (JacksonException e) {
            throw Refusal.badRequest("manifest: Invalid value: not JSON: " + e.getOriginalMessage())
                    .asException();
        }
    }

    private static void authorize(DesiredStateRequest request, Target target, Caller caller, ResourceImage image) {
        caller.requireDiscretion(target.kind());
        String verb = request.getOperation() == RequestOperation.APPLY
                ? "patch"
                : request.getOperation().name().toLowerCase(Locale.ROOT);
        Attempt.OnResource attempt = target.attempt(verb);
        // Who may delete a whole collection may delete each object of it: HTTP asks for each on its own.
        if (verb.equals("delete") && Access.allows(image, caller.subject(), attempt.as("deletecollection"))) {
            return;
        }
        caller.require(image, attempt);
    }

    /** HTTP has checked whole manifests already; what a patch makes of an object only shows here. */
    private ManifestCheck checkFor(DesiredStateRequest request, Caller caller) {
        return caller.byEvent() || request.getOperation() == RequestOperation.PATCH
                ? manifestCheck
                : ManifestCheck.NONE;
    }

    private static void checkConverted(DesiredStateRequest request, Origin origin) {
        if (request.getConverted() && !(origin instanceof Origin.Gateway)) {
            throw Refusal.badRequest("converted: Forbidden: objects are converted by the gateway alone")
                    .asException();
        }
    }

    /** A reconciler's view of an owner's children must still hold, but for what it asked for itself. */
    private static void checkOwner(DesiredStateRequest request, Draft draft) {
        if (request.getOwnerPrecondition() == null) {
            return;
        }
        String owner = request.getOwnerPrecondition().getOwnerUid();
        long seen = request.getOwnerPrecondition().getChildrenRevision();
        long latest = draft.image().indexes().children(owner).revision(draft.now());
        WriterState.Batch batch = draft.state().batches().get(owner);
        boolean ownDoing = batch != null && batch.seen() == seen && batch.last() == latest;
        if (latest > seen && !ownDoing) {
            throw new Refusal(
                            409,
                            "Conflict",
                            "Precondition failed: the children of owner " + owner + " changed at revision " + latest
                                    + ", after revision " + seen,
                            List.of())
                    .asException();
        }
    }

    private static void rememberBatch(DesiredStateRequest request, Draft draft) {
        if (request.getOwnerPrecondition() == null || draft.changes().isEmpty()) {
            return;
        }
        String owner = request.getOwnerPrecondition().getOwnerUid();
        WriterState state = draft.state();
        WriterState.Batch batch = new WriterState.Batch(
                request.getOwnerPrecondition().getChildrenRevision(),
                state.image().indexes().children(owner).revision(draft.now()));
        draft.update(new WriterState(
                state.image(),
                state.requests(),
                state.chores(),
                state.reports(),
                state.batches().plus(owner, batch)));
    }

    /** Nothing came of it: the answer is as new as the image, and so is the object's resourceVersion. */
    private static RequestOutcome dryRun(RequestOutcome outcome, StoredObject result, ResourceImage image) {
        ObjectNode object = result.copy();
        StoredObject present = image.get(result.key());
        ObjectNode metadata = Json.child(object, "metadata");
        if (present == null) {
            metadata.remove("resourceVersion");
        } else {
            metadata.put("resourceVersion", String.valueOf(present.revision()));
        }
        return RequestOutcome.newBuilder(outcome)
                .setRevision(image.revision())
                .setObject(Json.write(object))
                .build();
    }

    private static RequestOutcome accepted(
            String requestId, String publisher, Target target, Result result, List<String> warnings) {
        StoredObject object = result.object();
        return RequestOutcome.newBuilder()
                .setRequestId(requestId)
                .setPublisher(publisher)
                .setAccepted(true)
                .setCode(result.code())
                .setGroup(target.key().group())
                .setResource(target.kind().plural())
                .setNamespace(object.namespace())
                .setName(object.name())
                .setUid(object.uid())
                .setRevision(object.revision())
                .setWarnings(List.copyOf(warnings))
                .build();
    }

    static RequestOutcome refused(String requestId, String publisher, ResourceKey about, Refusal refusal) {
        return RequestOutcome.newBuilder()
                .setRequestId(requestId)
                .setPublisher(publisher)
                .setAccepted(false)
                .setCode(refusal.code())
                .setReason(refusal.reason())
                .setMessage(refusal.message())
                .setGroup(about.group())
                .setResource(about.resource())
                .setNamespace(about.namespace())
                .setName(about.name())
                .setStatus(refusal.status(about))
                .build();
    }
}
