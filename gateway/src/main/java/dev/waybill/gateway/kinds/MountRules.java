package dev.waybill.gateway.kinds;

import java.util.List;
import tools.jackson.databind.JsonNode;

/** Which part of a volume a container sees, and which later mounts in it (validateVolumeMounts in k8s.io/kubernetes). Stateless. */
final class MountRules {
    private static final String BIDIRECTIONAL = "Bidirectional";
    private static final List<String> PROPAGATIONS = List.of(BIDIRECTIONAL, "HostToContainer", "None");

    private MountRules() {}

    static void validate(JsonNode mounts, boolean privileged, String path, List<FieldError> errors) {
        int index = 0;
        for (JsonNode mount : mounts) {
            String at = path + "[" + index++ + "]";
            inside(Json.text(mount, "subPath"), at + ".subPath", errors);
            String expression = Json.text(mount, "subPathExpr");
            inside(expression, at + ".subPathExpr", errors);
            if (!expression.isEmpty() && !Json.text(mount, "subPath").isEmpty()) {
                errors.add(FieldError.invalid(
                        at + ".subPathExpr",
                        Syntax.quoted(expression),
                        "subPathExpr and subPath are mutually exclusive"));
            }
            if (!Json.absent(mount, "mountPropagation")) {
                Syntax.oneOf(mount, "mountPropagation", at + ".mountPropagation", PROPAGATIONS, errors);
                if (Json.text(mount, "mountPropagation").equals(BIDIRECTIONAL) && !privileged) {
                    errors.add(FieldError.forbidden(
                            at + ".mountPropagation",
                            "Bidirectional mount propagation is available only to privileged containers"));
                }
            }
        }
    }

    /** A path that stays below where it begins. */
    private static void inside(String subPath, String path, List<FieldError> errors) {
        if (subPath.startsWith("/")) {
            errors.add(FieldError.invalid(path, Syntax.quoted(subPath), "must be a relative path"));
        } else if (List.of(subPath.split("/", -1)).contains("..")) {
            errors.add(FieldError.invalid(path, Syntax.quoted(subPath), "must not contain '..'"));
        }
    }
}
