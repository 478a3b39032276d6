package dev.waybill.gateway.http;

import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.rbac.Attempt;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Kubernetes Status objects. Pure. */
final class Statuses {
    private Statuses() {}

    static ObjectNode failure(int code, String reason, String message) {
        ObjectNode status = base("Failure");
        status.put("message", message);
        if (!reason.isEmpty()) {
            status.put("reason", reason);
        }
        status.put("code", code);
        return status;
    }

    /** A failure without a reason that programs know, as of a conversion. */
    static ObjectNode unexplained(int code, String message) {
        ObjectNode status = failure(code, "", message);
        status.remove("reason");
        return status;
    }

    /** A failure that is over soon: clients ask again after a second. */
    static ObjectNode later(int code, String reason, String message) {
        ObjectNode status = failure(code, reason, message);
        status.putObject("details").put("retryAfterSeconds", 1);
        return status;
    }

    static ObjectNode notFound(Kind kind, String name) {
        ObjectNode status = failure(404, "NotFound", kind.qualifiedResource() + " \"" + name + "\" not found");
        details(status, kind, name);
        return status;
    }

    /** @param token continues the list with what is there now */
    static ObjectNode tooOldToContinue(String token) {
        ObjectNode status = failure(
                410,
                "Expired",
                "The provided continue parameter is too old to display a consistent list result. You can start a new"
                        + " list without the continue parameter, or use the continue token in this response to retrieve"
                        + " the remainder of the results. Continuing with the provided token results in an inconsistent"
                        + " list - objects that were created, modified, or deleted between the time the first chunk was"
                        + " returned and now may show up in the list.");
        status.putObject("metadata").put("continue", token);
        return status;
    }

    /** A revision that is not there yet; clients that find this cause begin again with a list. */
    static ObjectNode tooNew(long revision, long current) {
        ObjectNode status =
                failure(504, "Timeout", "Timeout: Too large resource version: " + revision + ", current: " + current);
        ObjectNode details = status.putObject("details");
        details.putArray("causes")
                .addObject()
                .put("reason", "ResourceVersionTooLarge")
                .put("message", "Too large resource version");
        details.put("retryAfterSeconds", 1);
        return status;
    }

    /** @param sentence who may not do what, and why */
    static ObjectNode forbidden(Attempt attempt, String sentence) {
        if (!(attempt instanceof Attempt.OnResource on)) {
            ObjectNode status = failure(403, "Forbidden", "forbidden: " + sentence);
            status.putObject("details");
            return status;
        }
        String subject = on.name().isEmpty() ? on.qualified() : on.qualified() + " \"" + on.name() + "\"";
        ObjectNode status = failure(403, "Forbidden", subject + " is forbidden: " + sentence);
        details(status, on.group(), on.resource(), on.name());
        return status;
    }

    /** What a deletion answers when nothing of the object is left. */
    static ObjectNode deleted(Kind kind, String name, String uid) {
        ObjectNode status = base("Success");
        details(status, kind, name);
        if (!uid.isEmpty()) {
            ((ObjectNode) status.get("details")).put("uid", uid);
        }
        return status;
    }

    private static void details(ObjectNode status, Kind kind, String name) {
        details(status, kind.group(), kind.plural(), name);
    }

    private static void details(ObjectNode status, String group, String resource, String name) {
        ObjectNode details = status.putObject("details");
        if (!name.isEmpty()) {
            details.put("name", name);
        }
        if (!group.isEmpty()) {
            details.put("group", group);
        }
        details.put("kind", resource);
    }

    private static ObjectNode base(String outcome) {
        ObjectNode status = JsonMapper.shared().createObjectNode();
        status.put("kind", "Status");
        status.put("apiVersion", "v1");
        status.putObject("metadata");
        status.put("status", outcome);
        return status;
    }
}
