package dev.waybill.gateway.kinds;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The checks of metadata that all kinds share (k8s.io/apimachinery/pkg/api/validation). Stateless. */
final class MetadataRules {
    /** Kinds whose names become DNS labels or path segments of others' syntax. */
    private static final List<String> LABEL_NAMED = List.of("Namespace", "Service");

    private static final List<String> FREE_NAMED = List.of("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding");

    private MetadataRules() {}

    static void validate(Kind kind, ObjectNode object, @Nullable ObjectNode old, List<FieldError> errors) {
        JsonNode metadata = object.path("metadata");
        name(kind, metadata, old != null, errors);
        if (kind.namespaced()) {
            String namespace = Json.text(metadata, "namespace");
            String wrong = Syntax.dnsLabel(namespace);
            if (namespace.isEmpty()) {
                errors.add(FieldError.required("metadata.namespace", ""));
            } else if (wrong != null) {
                errors.add(FieldError.invalid("metadata.namespace", Syntax.quoted(namespace), wrong));
            }
        } else if (!Json.text(metadata, "namespace").isEmpty()) {
            errors.add(FieldError.forbidden("metadata.namespace", "not allowed on this type"));
        }
        Syntax.labels(metadata.path("labels"), "metadata.labels", errors);
        Syntax.annotations(metadata.path("annotations"), "metadata.annotations", errors);
        owners(metadata.path("ownerReferences"), errors);
        int index = 0;
        for (JsonNode finalizer : metadata.path("finalizers")) {
            String wrong = finalizer.isString() ? Syntax.qualifiedName(finalizer.stringValue()) : "must be a string";
            if (wrong != null) {
                errors.add(FieldError.invalid("metadata.finalizers[" + index + "]", Syntax.shown(finalizer), wrong));
            }
            index++;
        }
        if (old != null) {
            Syntax.immutable(metadata.path("name"), old.path("metadata").path("name"), "metadata.name", errors);
            Syntax.immutable(metadata.path("uid"), old.path("metadata").path("uid"), "metadata.uid", errors);
        }
    }

    /** @param existing whether an object has the name already */
    private static void name(Kind kind, JsonNode metadata, boolean existing, List<FieldError> errors) {
        String name = Json.text(metadata, "name");
        if (name.isEmpty()) {
            errors.add(FieldError.required("metadata.name", "name or generateName is required"));
            return;
        }
        String wrong;
        if (FREE_NAMED.contains(kind.kind())) {
            wrong = name.equals(".") || name.equals("..")
                    ? "may not be '" + name + "'"
                    : name.contains("/") || name.contains("%") ? "may not contain '/' or '%'" : null;
        } else if (kind.kind().equals("IPAddress")) {
            wrong = address(name);
        } else {
            wrong = LABEL_NAMED.contains(kind.kind()) ? Syntax.dnsLabel(name) : Syntax.dnsSubdomain(name);
        }
        if (kind.qualifiedResource().equals("services") && !existing) {
            wrong = Syntax.dns1035Label(name);
        }
        if (wrong != null) {
            errors.add(FieldError.invalid("metadata.name", Syntax.quoted(name), wrong));
        }
    }

    /** The name of an IPAddress is the address. */
    private static @Nullable String address(String name) {
        IpAddress address = IpAddress.tryParse(name);
        if (address == null) {
            return "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
        }
        return address.text().equals(name) ? null : "must be in canonical form (\"" + address.text() + "\")";
    }

    private static void owners(JsonNode owners, List<FieldError> errors) {
        int controllers = 0;
        int index = 0;
        for (JsonNode owner : owners) {
            String path = "metadata.ownerReferences[" + index++ + "]";
            for (String field : List.of("apiVersion", "kind", "name", "uid")) {
                if (Json.text(owner, field).isEmpty()) {
                    errors.add(FieldError.invalid(path + "." + field, "\"\"", "must not be empty"));
                }
            }
            if (owner.path("controller").asBoolean(false) && ++controllers == 2) {
                errors.add(FieldError.invalid(
                        "metadata.ownerReferences",
                        owners.toString(),
                        "Only one reference can have Controller set to true."));
            }
        }
    }
}
