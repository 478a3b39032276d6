package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.FieldError;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Why a request is not done, as a Kubernetes Status says it. Immutable.
 *
 * @param code HTTP status code
 * @param reason Kubernetes' reason, such as Conflict
 * @param causes fields at fault
 * @param kind what a Status about fields names instead of the resource; empty otherwise
 * @param retryAfterSeconds when to ask again; 0 when there is nothing to say about it
 */
public record Refusal(
        int code, String reason, String message, List<FieldError> causes, String kind, int retryAfterSeconds) {
    public Refusal(int code, String reason, String message, List<FieldError> causes) {
        this(code, reason, message, causes, "", 0);
    }

    static Refusal badRequest(String message) {
        return new Refusal(400, "BadRequest", message, List.of());
    }

    static Refusal forbidden(Kind kind, String name, String message) {
        return new Refusal(
                403, "Forbidden", kind.qualifiedResource() + " \"" + name + "\" is forbidden: " + message, List.of());
    }

    static Refusal notFound(String qualifiedResource, String name) {
        return new Refusal(404, "NotFound", qualifiedResource + " \"" + name + "\" not found", List.of());
    }

    static Refusal alreadyExists(Kind kind, String name) {
        return new Refusal(
                409, "AlreadyExists", kind.qualifiedResource() + " \"" + name + "\" already exists", List.of());
    }

    static Refusal conflict(Kind kind, String name, String message) {
        return conflict(kind.qualifiedResource(), name, message);
    }

    private static Refusal conflict(String qualifiedResource, String name, String message) {
        return new Refusal(
                409,
                "Conflict",
                "Operation cannot be fulfilled on " + qualifiedResource + " \"" + name + "\": " + message,
                List.of());
    }

    static Refusal modified(Kind kind, String name) {
        return modified(kind.qualifiedResource(), name);
    }

    static Refusal modified(String qualifiedResource, String name) {
        return conflict(
                qualifiedResource,
                name,
                "the object has been modified; please apply your changes to the latest version and try again");
    }

    static Refusal invalid(Kind kind, String name, List<FieldError> errors) {
        List<String> sentences =
                errors.stream().map(FieldError::sentence).distinct().toList();
        String what = sentences.size() == 1 ? sentences.getFirst() : "[" + String.join(", ", sentences) + "]";
        return new Refusal(
                422,
                "Invalid",
                kind.qualifiedKind() + " \"" + name + "\" is invalid: " + what,
                List.copyOf(errors),
                kind.kind(),
                0);
    }

    /**
     * A patch that is asked to be read strictly, and is not fit for it.
     *
     * @param patched what the patch says, or makes of the object
     */
    public static Refusal unreadablePatch(String patched, List<String> problems) {
        FieldError error = FieldError.invalid(
                "patch",
                Json.write(StringNode.valueOf(patched)),
                "strict decoding error: " + String.join(", ", problems));
        return new Refusal(422, "Invalid", " \"\" is invalid: " + error.sentence(), List.of(error));
    }

    static Refusal tooLarge(String message) {
        return new Refusal(413, "RequestEntityTooLarge", message, List.of());
    }

    static Refusal unsupported(String message) {
        return new Refusal(415, "UnsupportedMediaType", message, List.of());
    }

    static Refusal expired(String message) {
        return new Refusal(410, "Expired", message, List.of());
    }

    static Refusal internal(String message) {
        return new Refusal(500, "InternalError", message, List.of());
    }

    /** To be caught by {@link Decider}, which turns it into the answer and drops the draft. */
    RefusedException asException() {
        return new RefusedException(this);
    }

    /** The Kubernetes Status. */
    public String status(ResourceKey about) {
        ObjectNode status = Json.object();
        status.put("kind", "Status").put("apiVersion", "v1");
        status.putObject("metadata");
        status.put("status", "Failure").put("message", message).put("reason", reason);
        ObjectNode details = status.putObject("details");
        if (!about.name().isEmpty()) {
            details.put("name", about.name());
        }
        if (!about.group().isEmpty()) {
            details.put("group", about.group());
        }
        String subject = kind.isEmpty() ? about.resource() : kind;
        if (!subject.isEmpty()) {
            details.put("kind", subject);
        }
        if (!causes.isEmpty()) {
            ArrayNode list = details.putArray("causes");
            for (FieldError cause : causes) {
                ObjectNode each = list.addObject().put("reason", cause.reason()).put("message", cause.message());
                if (!cause.field().isEmpty()) {
                    each.put("field", cause.field());
                }
            }
        }
        if (retryAfterSeconds > 0) {
            details.put("retryAfterSeconds", retryAfterSeconds);
        }
        status.put("code", code);
        return Json.write(status);
    }
}
