package dev.waybill.gateway.http;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.PatchType;
import dev.waybill.events.RequestOperation;
import dev.waybill.events.RequestOutcome;
import dev.waybill.gateway.state.Scale;
import dev.waybill.gateway.state.StoredObject;
import dev.waybill.gateway.state.kafka.NotWritingException;
import dev.waybill.gateway.state.kafka.RequestClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Everything that changes state: a request to the writer, and its answer in HTTP's words. Thread-safe. */
final class Writes {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Requests of one deletecollection that are under way at a time: they share commits, and leave room for others. */
    private static final int DELETED_TOGETHER = 200;

    /** How often a change that was overtaken is made again, as by Kubernetes. */
    private static final int ROUNDS = 5;

    private static final String NAME_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

    /** Paths whose bodies are whole objects. */
    private static final Set<String> WHOLE = Set.of("", "status", "ephemeralcontainers", "resize");

    /** Paths that are answered by a Status alone. */
    private static final Set<String> DONE = Set.of("binding", "eviction");

    private final RequestClient requests;
    private final ObjectWriter writer;
    private final SecretSealing secrets;
    private final Reads reads;
    private final Conversions conversions;

    Writes(RequestClient requests, ObjectWriter writer, SecretSealing secrets, Reads reads, Conversions conversions) {
        this.requests = requests;
        this.writer = writer;
        this.secrets = secrets;
        this.reads = reads;
        this.conversions = conversions;
    }

    void create(ApiCall call) throws IOException {
        Options.check(call, "CreateOptions");
        ObjectNode object = manifest(call);
        ManifestChecks.place(call, object);
        if (conversions.concerns(call.kind())) {
            nameOf(call, object); // a webhook is shown no object without a name
        }
        DesiredStateRequest.Builder request = request(call, RequestOperation.CREATE, object.toString());
        if (call.path().subresource().equals("eviction")) {
            // An eviction may carry the wish for a rehearsal in the options of its deletion.
            request.setDryRun(Options.rehearses(call, object.path("deleteOptions")));
        }
        answer(call, request);
    }

    void update(ApiCall call) throws IOException {
        Options.check(call, "UpdateOptions");
        ObjectNode object = manifest(call);
        ManifestChecks.place(call, object);
        answer(call, request(call, RequestOperation.UPDATE, object.toString()));
    }

    void patch(ApiCall call) throws IOException {
        Options.check(call, "PatchOptions");
        String type = BodyReader.mediaType(call.request());
        boolean apply = type.startsWith("application/apply-patch+");
        PatchType patchType = apply ? null : patchType(call, type);
        BodyReader.Body read = BodyReader.body(call);
        JsonNode body = read.tree();
        if (!apply && !call.query("force").isEmpty()) {
            throw ApiException.of(
                    422,
                    "Invalid",
                    "PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be specified for non-apply patch");
        }
        if (apply) {
            ObjectNode object = asObject(body);
            ManifestChecks.kind(call.kind(), object);
            ManifestChecks.place(call, object);
            ManifestChecks.applied(call, object, read.duplicates());
            if (SecretSealing.concerns(call.kind())) {
                secrets.seal(call.path().namespace(), call.path().name(), object);
            }
            answer(
                    call,
                    request(call, RequestOperation.APPLY, object.toString()).setForce(call.flag("force")));
            return;
        }
        if (SecretSealing.concerns(call.kind())) {
            if (patchType == PatchType.JSON) {
                secrets.sealJsonPatch(call.path().namespace(), call.path().name(), body);
            } else {
                secrets.seal(call.path().namespace(), call.path().name(), asObject(body));
            }
        }
        if (patchType == PatchType.JSON) {
            ManifestChecks.jsonPatch(call, body, read.duplicates());
        } else {
            ManifestChecks.fields(call, asObject(body), true, read.duplicates());
        }
        String mode = call.query("fieldValidation");
        answer(
                call,
                request(call, RequestOperation.PATCH, body.toString())
                        .setPatchType(patchType)
                        .setFieldValidation(mode.isEmpty() ? "Warn" : mode));
    }

    private static PatchType patchType(ApiCall call, String mediaType) {
        Map<String, PatchType> spoken = new LinkedHashMap<>();
        spoken.put("application/json-patch+json", PatchType.JSON);
        spoken.put("application/merge-patch+json", PatchType.MERGE);
        if (call.kind().mergesStrategically()) {
            spoken.put("application/strategic-merge-patch+json", PatchType.STRATEGIC_MERGE);
        }
        PatchType type = spoken.get(mediaType);
        if (type == null) {
            throw ApiException.of(
                    415,
                    "UnsupportedMediaType",
                    "the body of the request was in an unknown format - accepted media types include: "
                            + String.join(", ", spoken.keySet()) + ", application/apply-patch+yaml");
        }
        return type;
    }

    void delete(ApiCall call) throws IOException {
        DesiredStateRequest.Builder request = deletion(call, options(call));
        answer(call, request, call.kind().showsDeleted() ? reads.atHand(call) : null);
    }

    void deleteCollection(ApiCall call) throws IOException {
        ObjectNode options = options(call);
        ObjectFilter filter = Reads.filter(call);
        List<StoredObject> deleted = new ArrayList<>();
        var image = reads.newest(call.deadline());
        Map<StoredObject, CompletableFuture<RequestClient.Answer>> asked = new LinkedHashMap<>();
        List<StoredObject> candidates = Reads.candidates(image, call, filter);
        if (filter.looksInside()) {
            candidates = conversions.shown(call, candidates);
        }
        for (StoredObject object : candidates) {
            if (!filter.matches(object)) {
                continue;
            }
            DesiredStateRequest request = deletion(call, options)
                    .setNamespace(object.namespace())
                    .setName(object.name())
                    .setPreconditionUid(object.uid())
                    .build();
            asked.put(object, requests.send(request, call.trace()));
            if (asked.size() == DELETED_TOGETHER) {
                collect(call, asked, deleted);
            }
        }
        collect(call, asked, deleted);
        writer.list(call, conversions.shown(call, deleted), image.revision(), "", 0);
    }

    private static void collect(
            ApiCall call,
            Map<StoredObject, CompletableFuture<RequestClient.Answer>> asked,
            List<StoredObject> deleted) {
        for (var each : asked.entrySet()) {
            if (await(call, each.getValue()).outcome().getAccepted()) {
                deleted.add(each.getKey());
            }
        }
        asked.clear();
    }

    private DesiredStateRequest.Builder deletion(ApiCall call, ObjectNode options) {
        JsonNode preconditions = options.path("preconditions");
        return request(call, RequestOperation.DELETE, options.isEmpty() ? null : options.toString())
                .setDryRun(Options.rehearses(call, options))
                .setPreconditionUid(preconditions.path("uid").asString(null));
    }

    /** DeleteOptions come in the body, or as parameters. */
    private static ObjectNode options(ApiCall call) throws IOException {
        Options.check(call, "DeleteOptions");
        ObjectNode options = JsonMapper.shared().createObjectNode();
        if (call.request().getContentLengthLong() != 0 && BodyReader.read(call) instanceof ObjectNode body) {
            options.setAll(body);
        }
        if (!call.query("gracePeriodSeconds").isEmpty()) {
            options.put("gracePeriodSeconds", call.number("gracePeriodSeconds", 0));
        }
        if (!call.query("propagationPolicy").isEmpty()) {
            options.put("propagationPolicy", call.query("propagationPolicy"));
        }
        Options.checkDeletion(options);
        return options;
    }

    private ObjectNode manifest(ApiCall call) throws IOException {
        BodyReader.Body body = BodyReader.body(call);
        ObjectNode object = asObject(body.tree());
        if (WHOLE.contains(call.path().subresource())) {
            ManifestChecks.kind(call.kind(), object);
            ManifestChecks.fields(call, object, false, body.duplicates());
        }
        if (SecretSealing.concerns(call.kind())) {
            secrets.seal(call.path().namespace(), nameOf(call, object), object);
        }
        return object;
    }

    /** Sealed values are bound to the Secret's name, so a generated name is chosen before they are sealed. */
    private static String nameOf(ApiCall call, ObjectNode object) {
        if (!call.path().name().isEmpty()) {
            return call.path().name();
        }
        ObjectNode metadata =
                object.get("metadata") instanceof ObjectNode existing ? existing : object.putObject("metadata");
        String name = metadata.path("name").asString("");
        String prefix = metadata.path("generateName").asString("");
        if (name.isEmpty() && !prefix.isEmpty()) {
            StringBuilder generated = new StringBuilder(prefix);
            for (int i = 0; i < 5; i++) {
                generated.append(
                        NAME_ALPHABET.charAt(ThreadLocalRandom.current().nextInt(NAME_ALPHABET.length())));
            }
            name = generated.toString();
            metadata.put("name", name);
        }
        return name;
    }

    private static ObjectNode asObject(JsonNode body) {
        if (body instanceof ObjectNode object) {
            return object;
        }
        throw ApiException.badRequest("the body must be a JSON object");
    }

    private static DesiredStateRequest.Builder request(
            ApiCall call, RequestOperation operation, @Nullable String manifest) {
        return DesiredStateRequest.newBuilder()
                .setOperation(operation)
                .setGroup(call.kind().group())
                .setVersion(call.kind().version())
                .setResource(call.kind().plural())
                .setSubresource(call.path().subresource())
                .setNamespace(call.path().namespace())
                .setName(call.path().name())
                .setManifest(manifest)
                .setDryRun(call.query("dryRun").equals("All"))
                .setFieldManager(ManifestChecks.fieldManager(call, operation))
                .setUser(call.identity().user())
                .setGroups(List.copyOf(call.identity().groups()));
    }

    private void answer(ApiCall call, DesiredStateRequest.Builder request) throws IOException {
        answer(call, request, null);
    }

    /** @param last what the answer shows when nothing of the object is left */
    private void answer(ApiCall call, DesiredStateRequest.Builder request, @Nullable StoredObject last)
            throws IOException {
        RequestClient.Answer answer = decided(call, request.build());
        RequestOutcome outcome = answer.outcome();
        Warnings.add(call.response(), outcome.getWarnings());
        if (!outcome.getAccepted()) {
            throw new ApiException(status(outcome));
        }
        StoredObject object =
                answer.object() == null || DONE.contains(call.path().subresource())
                        ? answer.object()
                        : conversions.shown(call, answer.object());
        if (outcome.getObject() != null) {
            ObjectWriter.text(call.response(), call.negotiation().encoding(), outcome.getCode(), dryRun(call, outcome));
        } else if (object != null && call.path().subresource().equals("scale")) {
            ObjectWriter.json(call.response(), outcome.getCode(), Scale.of(call.kind(), object));
        } else if (object != null && !DONE.contains(call.path().subresource())) {
            writer.object(call, outcome.getCode(), object);
        } else if (last != null && last.uid().equals(outcome.getUid())) {
            writer.object(call, outcome.getCode(), last);
        } else {
            ObjectWriter.json(
                    call.response(),
                    outcome.getCode(),
                    Statuses.deleted(call.kind(), outcome.getName(), outcome.getUid()));
        }
    }

    /**
     * The writer's decision. A change in another version than the one that is stored is made here, against the object as
     * it is, and made again when somebody else was faster.
     */
    private RequestClient.Answer decided(ApiCall call, DesiredStateRequest request) throws IOException {
        for (int round = 1; ; round++) {
            DesiredStateRequest asked =
                    conversions.concerns(call.kind()) && request.getOperation() != RequestOperation.DELETE
                            ? conversions.change(call, request, reads.newest(call.deadline()))
                            : request;
            RequestClient.Answer answer = await(call, asked);
            boolean overtaken = asked.getConverted()
                    && request.getOperation() != RequestOperation.CREATE
                    && !answer.outcome().getAccepted()
                    && answer.outcome().getCode() == 409;
            if (!overtaken || round == ROUNDS) {
                return answer;
            }
        }
    }

    private String dryRun(ApiCall call, RequestOutcome outcome) {
        if (SecretSealing.concerns(call.kind())
                && JsonMapper.shared().readTree(outcome.getObject()) instanceof ObjectNode secret) {
            return secrets.open(outcome.getNamespace(), outcome.getName(), secret)
                    .toString();
        }
        ObjectNode object = (ObjectNode) JsonMapper.shared().readTree(outcome.getObject());
        if (call.kind().webhook() != null) {
            ObjectNode shown = conversions.shown(call, object);
            return call.path().subresource().equals("scale")
                    ? Scale.of(call.kind(), StoredObject.ofTree(call.key(), call.kind(), outcome.getRevision(), shown))
                            .toString()
                    : shown.toString();
        }
        return call.kind().isStorage() || call.path().subresource().equals("scale")
                ? outcome.getObject()
                : call.kind().fromStorage(object).toString();
    }

    private static ObjectNode status(RequestOutcome outcome) {
        if (outcome.getStatus() != null
                && JsonMapper.shared().readTree(outcome.getStatus()) instanceof ObjectNode status) {
            return status;
        }
        return Statuses.failure(outcome.getCode(), outcome.getReason(), outcome.getMessage());
    }

    private RequestClient.Answer await(ApiCall call, DesiredStateRequest request) {
        return await(call, requests.send(request, call.trace()));
    }

    private static RequestClient.Answer await(ApiCall call, CompletableFuture<RequestClient.Answer> asked) {
        try {
            return call.deadline().await(asked, PATIENCE);
        } catch (TimeoutException e) {
            throw ApiException.of(
                    504,
                    "Timeout",
                    "Timeout: request did not complete within " + PATIENCE.toSeconds() + " s; it may still be decided");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof NotWritingException now) {
                throw new ApiException(Statuses.later(
                        now.isBusy() ? 429 : 503, now.isBusy() ? "TooManyRequests" : "ServiceUnavailable", now.why()));
            }
            throw ApiException.of(503, "ServiceUnavailable", "the request could not be decided: " + e.getCause());
        }
    }
}
