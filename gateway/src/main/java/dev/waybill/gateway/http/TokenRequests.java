package dev.waybill.gateway.http;

import dev.waybill.gateway.auth.AccountTokens;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.rbac.Subject;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.gateway.state.StoredObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code POST .../serviceaccounts/NAME/token}: a token for an account, for a time, perhaps bound to a pod, Secret or
 * node. Nothing is stored, and no token reaches the log. Thread-safe.
 */
final class TokenRequests {
    private static final long SHORTEST_SECONDS = 600;
    private static final long LONGEST_SECONDS = 1L << 32;
    private static final long USUAL_SECONDS = 3_600;

    private final AccountTokens tokens;
    private final Reads reads;

    TokenRequests(AccountTokens tokens, Reads reads) {
        this.tokens = tokens;
        this.reads = reads;
    }

    void create(ApiCall call) throws IOException {
        ObjectNode request = asked(call);
        ResourceImage image = reads.newest(call.deadline());
        StoredObject account = image.get(call.key());
        if (account == null) {
            throw new ApiException(Statuses.notFound(call.kind(), call.path().name()));
        }
        ObjectNode spec = Json.child(request, "spec");
        restrict(image, call.identity().subject(), spec.path("boundObjectRef"), account.namespace());
        List<String> audiences = audiences(spec);
        long seconds = seconds(spec, account.name());
        AccountTokens.Issued issued = tokens.issue(
                account, audiences, Duration.ofSeconds(seconds), bound(image, account, spec.path("boundObjectRef")));
        request.put("kind", "TokenRequest").put("apiVersion", "authentication.k8s.io/v1");
        request.putObject("metadata")
                .put("name", account.name())
                .put("namespace", account.namespace())
                .put(
                        "creationTimestamp",
                        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        request.putObject("status")
                .put("token", issued.token())
                .put("expirationTimestamp", issued.expires().toString());
        ObjectWriter.text(call.response(), call.negotiation().encoding(), 201, request.toString());
    }

    /** A node gets tokens for its own pods alone, each bound to the pod (NodeRestriction in k8s.io/kubernetes). */
    private static void restrict(ResourceImage image, Subject caller, JsonNode reference, String namespace) {
        if (!caller.groups().contains(Subject.NODES)) {
            return;
        }
        if (!Json.text(reference, "kind").equals("Pod")
                || !Json.text(reference, "apiVersion").equals("v1")) {
            throw forbidden("node requested token not bound to a pod");
        }
        if (Json.text(reference, "uid").isEmpty()) {
            throw forbidden("node requested token with a pod binding without a uid");
        }
        StoredObject pod = image.get(key("pods", namespace, reference));
        if (pod != null && !caller.user().equals(Subject.NODE + Json.text(pod.json(), "spec", "nodeName"))) {
            throw forbidden("node requested token bound to a pod scheduled on a different node");
        }
    }

    private static ApiException forbidden(String message) {
        return ApiException.of(403, "Forbidden", message);
    }

    private static ObjectNode asked(ApiCall call) throws IOException {
        JsonNode body = BodyReader.read(call);
        String kind = Json.text(body, "kind");
        if (!(body instanceof ObjectNode request) || (!kind.isEmpty() && !kind.equals("TokenRequest"))) {
            throw ApiException.badRequest("the body must be a TokenRequest of authentication.k8s.io/v1");
        }
        return request;
    }

    private List<String> audiences(ObjectNode spec) {
        if (spec.path("audiences").isEmpty()) {
            tokens.audiences().forEach(spec.putArray("audiences")::add);
        }
        return spec.path("audiences")
                .valueStream()
                .map(audience -> audience.asString(""))
                .toList();
    }

    private static long seconds(ObjectNode spec, String name) {
        long seconds = USUAL_SECONDS;
        if (!Json.absent(spec, "expirationSeconds")) {
            seconds = Json.number(spec, "expirationSeconds", 0);
        }
        if (seconds < SHORTEST_SECONDS || seconds > LONGEST_SECONDS) {
            throw ApiException.of(
                    422,
                    "Invalid",
                    "TokenRequest.authentication.k8s.io \"" + name
                            + "\" is invalid: spec.expirationSeconds: Invalid value: " + seconds
                            + (seconds < SHORTEST_SECONDS
                                    ? ": may not specify a duration less than 10 minutes"
                                    : ": may not specify a duration larger than 2^32 seconds"));
        }
        spec.put("expirationSeconds", seconds);
        return seconds;
    }

    private static @Nullable StoredObject bound(ResourceImage image, StoredObject account, JsonNode reference) {
        if (!reference.isObject()) {
            return null;
        }
        String type = Json.text(reference, "apiVersion") + "/" + Json.text(reference, "kind");
        ResourceKey key =
                switch (type) {
                    case "v1/Pod" -> key("pods", account.namespace(), reference);
                    case "v1/Secret" -> key("secrets", account.namespace(), reference);
                    case "v1/Node" -> key("nodes", "", reference);
                    default ->
                        throw ApiException.badRequest("cannot bind token for serviceaccount to object of type " + type);
                };
        StoredObject object = image.get(key);
        if (object == null) {
            throw ApiException.of(404, "NotFound", key.resource() + " \"" + key.name() + "\" not found");
        }
        String uid = Json.text(reference, "uid");
        if (!uid.isEmpty() && !uid.equals(object.uid())) {
            throw ApiException.of(
                    409,
                    "Conflict",
                    "Operation cannot be fulfilled on " + object.kind().kind() + " \"" + key.name()
                            + "\": the UID in the bound object reference (" + uid
                            + ") does not match the UID in record. The object might have been deleted and then"
                            + " recreated");
        }
        String runsAs = object.json().path("spec").path("serviceAccountName").asString("default");
        if (key.resource().equals("pods") && !runsAs.equals(account.name())) {
            throw ApiException.badRequest("cannot bind token for serviceaccount \"" + account.name()
                    + "\" to pod running with different serviceaccount name.");
        }
        return object;
    }

    private static ResourceKey key(String resource, String namespace, JsonNode reference) {
        return new ResourceKey("", resource, namespace, Json.text(reference, "name"));
    }
}
