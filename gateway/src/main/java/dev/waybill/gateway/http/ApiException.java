package dev.waybill.gateway.http;

import tools.jackson.databind.node.ObjectNode;

/** A refusal with the Kubernetes Status that the caller gets. */
final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient ObjectNode status;

    ApiException(ObjectNode status) {
        super(status.path("message").asString(""), null, false, false);
        this.status = status;
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

    static ApiException badRequest(String message) {
        return of(400, "BadRequest", message);
    }

    static ApiException notFound() {
        return of(404, "NotFound", "the server could not find the requested resource");
    }
}
