package dev.waybill.gateway.kinds;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Checks of what pods and containers say about rights and namespaces, in Kubernetes' words
 * (k8s.io/kubernetes/pkg/apis/core/validation). Stateless.
 */
final class SecurityRules {
    private static final String SYSCTL =
            "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
    private static final String ID_RANGE = "must be between 0 and 2147483647, inclusive";

    /** Sysctls that an IPC namespace has of its own; those of a network namespace begin with net. */
    private static final List<String> IPC_SYSCTLS = List.of("kernel.sem", "kernel.shm", "kernel.msg", "fs.mqueue.");

    private SecurityRules() {}

    static void pod(JsonNode spec, String path, List<FieldError> errors) {
        JsonNode context = spec.path("securityContext");
        String at = path + ".securityContext";
        ids(context, at, errors);
        int index = 0;
        for (JsonNode group : context.path("supplementalGroups")) {
            id(group, at + ".supplementalGroups[" + index++ + "]", errors);
        }
        if (spec.path("shareProcessNamespace").asBoolean(false)
                && spec.path("hostPID").asBoolean(false)) {
            errors.add(FieldError.invalid(
                    at + ".shareProcessNamespace", "true", "ShareProcessNamespace and HostPID cannot both be enabled"));
        }
        sysctls(spec, context.path("sysctls"), at + ".sysctls", errors);
        Syntax.oneOf(
                context,
                "fsGroupChangePolicy",
                at + ".fsGroupChangePolicy",
                List.of("Always", "OnRootMismatch"),
                errors);
        seccomp(context.path("seccompProfile"), at + ".seccompProfile", errors);
        if (ownUsers(spec)) {
            // The names are as Kubernetes has them.
            forbidden(spec, "hostNetwork", path + ".hostNetwork", errors);
            forbidden(spec, "hostPID", path + ".HostPID", errors);
            forbidden(spec, "hostIPC", path + ".HostIPC", errors);
        }
        String runtimeClass = Json.text(spec, "runtimeClassName");
        String wrong = runtimeClass.isEmpty() ? null : Syntax.dnsSubdomain(runtimeClass);
        if (wrong != null) {
            errors.add(FieldError.invalid(path + ".runtimeClassName", Syntax.quoted(runtimeClass), wrong));
        }
        spec.path("overhead")
                .properties()
                .forEach(amount ->
                        Syntax.amount(amount.getValue(), path + ".overhead[" + amount.getKey() + "]", errors));
    }

    private static boolean ownUsers(JsonNode spec) {
        return !spec.path("hostUsers").asBoolean(true);
    }

    private static void forbidden(JsonNode spec, String field, String path, List<FieldError> errors) {
        if (spec.path(field).asBoolean(false)) {
            errors.add(FieldError.forbidden(path, "when `pod.Spec.HostUsers` is false"));
        }
    }

    static void container(JsonNode spec, JsonNode container, String path, List<FieldError> errors) {
        JsonNode context = container.path("securityContext");
        String at = path + ".securityContext";
        ids(context, at, errors);
        boolean confined = context.path("allowPrivilegeEscalation").isBoolean()
                && !context.path("allowPrivilegeEscalation").asBoolean();
        if (confined && context.path("privileged").asBoolean(false)) {
            errors.add(FieldError.invalid(
                    at,
                    Json.write(context),
                    "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"));
        }
        boolean admin = context.path("capabilities")
                .path("add")
                .valueStream()
                .anyMatch(name -> name.asString("").equals("CAP_SYS_ADMIN"));
        if (confined && admin) {
            errors.add(FieldError.invalid(
                    at,
                    Json.write(context),
                    "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"));
        }
        Syntax.oneOf(context, "procMount", at + ".procMount", List.of("Default", "Unmasked"), errors);
        if (Json.text(context, "procMount").equals("Unmasked") && !ownUsers(spec)) {
            errors.add(FieldError.invalid(
                    at + ".procMount", "\"Unmasked\"", "`hostUsers` must be false to use `Unmasked`"));
        }
        seccomp(context.path("seccompProfile"), at + ".seccompProfile", errors);
    }

    private static void ids(JsonNode context, String path, List<FieldError> errors) {
        for (String field : List.of("runAsUser", "runAsGroup", "fsGroup")) {
            if (!Json.absent(context, field)) {
                id(context.path(field), path + "." + field, errors);
            }
        }
    }

    private static void id(JsonNode value, String path, List<FieldError> errors) {
        long id = value.asLong(-1);
        if (id < 0 || id > Integer.MAX_VALUE) {
            errors.add(FieldError.invalid(path, value.toString(), ID_RANGE));
        }
    }

    private static void sysctls(JsonNode spec, JsonNode sysctls, String path, List<FieldError> errors) {
        Set<String> seen = new HashSet<>();
        int index = 0;
        for (JsonNode sysctl : sysctls) {
            String at = path + "[" + index++ + "].name";
            String name = Json.text(sysctl, "name");
            if (name.isEmpty()) {
                errors.add(FieldError.required(at, ""));
            } else if (!isSysctl(name)) {
                errors.add(FieldError.invalid(at, Syntax.quoted(name), SYSCTL));
            } else if (!seen.add(name.replace('/', '.'))) {
                errors.add(FieldError.duplicate(at, name));
            } else {
                String host = hostNamespace(spec, name.replace('/', '.'));
                if (host != null) {
                    errors.add(FieldError.invalid(
                            at, Syntax.quoted(name), "may not be specified when '" + host + "' is true"));
                }
            }
        }
    }

    /** The field that makes the sysctl the machine's. */
    private static @Nullable String hostNamespace(JsonNode spec, String sysctl) {
        if (sysctl.startsWith("net.") && spec.path("hostNetwork").asBoolean(false)) {
            return "hostNetwork";
        }
        boolean ipc = IPC_SYSCTLS.stream().anyMatch(sysctl::startsWith);
        return ipc && spec.path("hostIPC").asBoolean(false) ? "hostIPC" : null;
    }

    private static boolean isSysctl(String name) {
        if (name.length() > 253) {
            return false;
        }
        for (String part : name.split("[./]", -1)) {
            boolean plain = !part.isEmpty()
                    && part.chars().allMatch(c -> isAlphanumeric(c) || c == '-' || c == '_')
                    && isAlphanumeric(part.charAt(0))
                    && isAlphanumeric(part.charAt(part.length() - 1));
            if (!plain) {
                return false;
            }
        }
        return true;
    }

    private static boolean isAlphanumeric(int c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    }

    private static void seccomp(JsonNode profile, String path, List<FieldError> errors) {
        if (!profile.isObject()) {
            return;
        }
        String type = Json.text(profile, "type");
        if (type.isEmpty()) {
            errors.add(FieldError.required(path + ".type", "type is required when seccompProfile is set"));
        } else {
            Syntax.oneOf(profile, "type", path + ".type", List.of("Localhost", "RuntimeDefault", "Unconfined"), errors);
        }
        String at = path + ".localhostProfile";
        if (!type.equals("Localhost")) {
            if (!Json.absent(profile, "localhostProfile")) {
                errors.add(
                        FieldError.invalid(at, Json.write(profile), "can only be set when seccomp type is Localhost"));
            }
            return;
        }
        String file = Json.text(profile, "localhostProfile");
        if (file.isEmpty()) {
            errors.add(FieldError.required(at, "must be set when seccomp type is Localhost"));
            return;
        }
        if (file.startsWith("/")) {
            errors.add(FieldError.invalid(at, Syntax.quoted(file), "must be a relative path"));
        }
        if (List.of(file.split("/", -1)).contains("..")) {
            errors.add(FieldError.invalid(at, Syntax.quoted(file), "must not contain '..'"));
        }
    }
}
