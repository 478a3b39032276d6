package dev.waybill.gateway.http;

import dev.waybill.gateway.kinds.Kind;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Kubernetes Status objects. Pure. */
final class Statuses {
    private Statuses() {}

    static ObjectNode failure(int code, String reason, String message) {
        ObjectNode status = base("Failure");
        status.put("message", message);
        status.put("reason", reason);
        status.put("code", code);
        return status;
    }

    static ObjectNode notFound(Kind kind, String name) {
        ObjectNode status = failure(404, "NotFound", kind.qualifiedResource() + " \"" + name + "\" not found");
        details(status, kind, name);
        return status;
    }

    static ObjectNode forbidden(
            String user, String verb, Kind kind, String subresource, String namespace, String name) {
        String resource = kind.plural() + (subresource.isEmpty() ? "" : "/" + subresource);
        String subject = name.isEmpty() ? kind.qualifiedResource() : kind.qualifiedResource() + " \"" + name + "\"";
        ObjectNode status = failure(
                403,
                "Forbidden",
                subject + " is forbidden: User \"" + user + "\" cannot " + verb + " resource \"" + resource
                        + "\" in API group \"" + kind.group() + "\""
                        + (namespace.isEmpty() ? " at the cluster scope" : " in the namespace \"" + namespace + "\""));
        details(status, kind, name);
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
        ObjectNode details = status.putObject("details");
        if (!name.isEmpty()) {
            details.put("name", name);
        }
        if (!kind.group().isEmpty()) {
            details.put("group", kind.group());
        }
        details.put("kind", kind.plural());
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
