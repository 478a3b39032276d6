package dev.waybill.gateway.http;

import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.state.Refusal;
import dev.waybill.gateway.state.ResourceKey;
import tools.jackson.databind.node.ObjectNode;

/** A refusal with the Kubernetes Status that the caller gets. */
final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient ObjectNode status;
    private final boolean abandons;

    ApiException(ObjectNode status) {
        this(status, false);
    }

    private ApiException(ObjectNode status, boolean abandons) {
        super(status.path("message").asString(""), null, false, false);
        this.status = status;
        this.abandons = abandons;
    }

    /** The body came too slowly: what is left of it is not waited for. */
    static ApiException tooSlow() {
        return new ApiException(
                Statuses.failure(504, "Timeout", "Timeout: request did not complete within the allotted timeout"),
                true);
    }

    /** Whether the connection ends with the answer. */
    boolean abandons() {
        return abandons;
    }

    ObjectNode status() {
        return status;
    }

    int code() {
        return status.path("code").asInt(500);
    }

    static ApiException of(int code, String reason, String message) {
        return new ApiException(Statuses.failure(code, reason, message));
    }

    /** What the writer would answer, where it need not be asked. */
    static ApiException of(Refusal refusal) {
        return new ApiException((ObjectNode) Json.parse(refusal.status(new ResourceKey("", "", "", ""))));
    }

    static ApiException badRequest(String message) {
        return of(400, "BadRequest", message);
    }

    static ApiException notFound() {
        return of(404, "NotFound", "the server could not find the requested resource");
    }
}
