package dev.waybill.gateway.http.table;

import static dev.waybill.gateway.http.table.Columns.text;

import dev.waybill.gateway.kinds.Kind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Columns of roles, requests for certificates and definitions of kinds. Pure. */
final class AccessColumns {
    private static final Column CREATED = Column.text("Created At", o -> text(o, "/metadata/creationTimestamp", ""));

    private AccessColumns() {}

    static @Nullable List<Column> of(Kind kind) {
        return switch (kind.qualifiedResource()) {
            case "roles.rbac.authorization.k8s.io",
                    "clusterroles.rbac.authorization.k8s.io",
                    "customresourcedefinitions.apiextensions.k8s.io" -> List.of(Columns.name(), CREATED);
            case "rolebindings.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io" ->
                List.of(
                        Columns.name(),
                        Column.text("Role", o -> text(o, "/roleRef/kind", "") + "/" + text(o, "/roleRef/name", "")),
                        Columns.age(),
                        Column.text("Users", o -> subjects(o, "User")).wide(),
                        Column.text("Groups", o -> subjects(o, "Group")).wide(),
                        Column.text("ServiceAccounts", o -> subjects(o, "ServiceAccount"))
                                .wide());
            case "certificatesigningrequests.certificates.k8s.io" ->
                List.of(
                        Columns.name(),
                        Columns.age(),
                        Column.text("SignerName", o -> text(o, "/spec/signerName", "")),
                        Column.text("Requestor", o -> text(o, "/spec/username", "<none>")),
                        Column.text("RequestedDuration", o -> text(o, "/spec/expirationSeconds", "<none>")),
                        Column.text("Condition", o -> condition(o)));
            case "runtimeclasses.node.k8s.io" ->
                List.of(Columns.name(), Column.text("Handler", o -> text(o, "/handler", "")), Columns.age());
            default -> null;
        };
    }

    private static String subjects(JsonNode binding, String kind) {
        List<String> names = new ArrayList<>();
        for (JsonNode subject : binding.path("subjects")) {
            if (subject.path("kind").asString("").equals(kind)) {
                String namespace = subject.path("namespace").asString("");
                names.add((namespace.isEmpty() ? "" : namespace + "/")
                        + subject.path("name").asString(""));
            }
        }
        return String.join(", ", names);
    }

    private static String condition(JsonNode request) {
        List<String> types = new ArrayList<>();
        request.at("/status/conditions")
                .forEach(each -> types.add(each.path("type").asString("")));
        if (types.isEmpty()) {
            return "Pending";
        }
        if (!request.at("/status/certificate").isMissingNode()) {
            types.add("Issued");
        }
        return String.join(",", types);
    }
}
