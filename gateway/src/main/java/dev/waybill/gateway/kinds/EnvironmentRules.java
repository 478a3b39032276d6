package dev.waybill.gateway.kinds;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Variables of a container and where they come from (validateEnv in k8s.io/kubernetes/pkg/apis/core). Stateless. */
final class EnvironmentRules {
    private static final List<String> SOURCES =
            List.of("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef");

    /** Fields that a variable can have. */
    private static final Set<String> FIELDS = new TreeSet<>(List.of(
            "metadata.name",
            "metadata.namespace",
            "metadata.uid",
            "spec.nodeName",
            "spec.serviceAccountName",
            "status.hostIP",
            "status.hostIPs",
            "status.podIP",
            "status.podIPs"));

    /** Fields that there are, though no variable can have them. */
    private static final Set<String> OTHER_FIELDS = Set.of(
            "metadata.annotations", "metadata.labels", "spec.restartPolicy", "spec.schedulerName", "status.phase");

    private static final Pattern SUBSCRIPT = Pattern.compile("metadata\\.(?:annotations|labels)\\['[^']+'\\]");

    private EnvironmentRules() {}

    static void validate(JsonNode container, String path, List<FieldError> errors) {
        int index = 0;
        for (JsonNode variable : container.path("env")) {
            variable(variable, path + ".env[" + index++ + "]", errors);
        }
        index = 0;
        for (JsonNode source : container.path("envFrom")) {
            group(source, path + ".envFrom[" + index++ + "]", errors);
        }
    }

    private static void variable(JsonNode variable, String path, List<FieldError> errors) {
        String name = Json.text(variable, "name");
        String wrong = Syntax.environmentName(name);
        if (name.isEmpty()) {
            errors.add(FieldError.required(path + ".name", ""));
        } else if (wrong != null) {
            errors.add(FieldError.invalid(path + ".name", Syntax.quoted(name), wrong));
        }
        JsonNode from = variable.path("valueFrom");
        if (!from.isObject()) {
            return;
        }
        String at = path + ".valueFrom";
        if (from.path("fieldRef").isObject()) {
            field(Json.text(from, "fieldRef", "fieldPath"), at + ".fieldRef.fieldPath", errors);
        }
        for (String reference : List.of("configMapKeyRef", "secretKeyRef")) {
            if (from.path(reference).isObject()) {
                key(from.path(reference), at + "." + reference, errors);
            }
        }
        long sources =
                SOURCES.stream().filter(each -> from.path(each).isObject()).count();
        if (sources == 0) {
            errors.add(FieldError.invalid(
                    at,
                    "\"\"",
                    "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"));
        } else if (!Json.text(variable, "value").isEmpty()) {
            errors.add(FieldError.invalid(at, "\"\"", "may not be specified when `value` is not empty"));
        } else if (sources > 1) {
            errors.add(FieldError.invalid(at, "\"\"", "may not have more than one field specified at a time"));
        }
    }

    private static void field(String field, String path, List<FieldError> errors) {
        if (field.isEmpty()) {
            errors.add(FieldError.required(path, ""));
        } else if (OTHER_FIELDS.contains(field)) {
            errors.add(FieldError.notSupported(path, field, FIELDS));
        } else if (!FIELDS.contains(field) && !SUBSCRIPT.matcher(field).matches()) {
            errors.add(FieldError.invalid(
                    path, Syntax.quoted(field), "error converting fieldPath: field label not supported: " + field));
        }
    }

    private static void key(JsonNode reference, String path, List<FieldError> errors) {
        if (Json.text(reference, "name").isEmpty()) {
            errors.add(FieldError.required(path + ".name", ""));
        }
        String key = Json.text(reference, "key");
        String wrong = key.isEmpty() ? null : Syntax.dataKey(key);
        if (key.isEmpty()) {
            errors.add(FieldError.required(path + ".key", ""));
        } else if (wrong != null) {
            errors.add(FieldError.invalid(path + ".key", Syntax.quoted(key), wrong));
        }
    }

    private static void group(JsonNode source, String path, List<FieldError> errors) {
        String prefix = Json.text(source, "prefix");
        String wrong = prefix.isEmpty() ? null : Syntax.environmentName(prefix);
        if (wrong != null) {
            errors.add(FieldError.invalid(path + ".prefix", Syntax.quoted(prefix), wrong));
        }
        int sources = 0;
        for (String reference : List.of("configMapRef", "secretRef")) {
            if (source.path(reference).isObject()) {
                sources++;
                if (Json.text(source, reference, "name").isEmpty()) {
                    errors.add(FieldError.required(path + "." + reference + ".name", ""));
                }
            }
        }
        if (sources != 1) {
            errors.add(FieldError.invalid(
                    path,
                    "\"\"",
                    sources == 0
                            ? "must specify one of: `configMapRef` or `secretRef`"
                            : "may not have more than one field specified at a time"));
        }
    }
}
