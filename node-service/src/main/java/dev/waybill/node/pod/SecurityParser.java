package dev.waybill.node.pod;

import dev.waybill.node.pod.PodSpec.Isolation;
import dev.waybill.node.pod.PodSpec.Security;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads what a pod's JSON says about rights and namespaces. Pure. */
final class SecurityParser {
    private SecurityParser() {}

    static Isolation isolation(JsonNode spec) {
        return new Isolation(
                spec.path("hostNetwork").asBoolean(false),
                spec.path("hostPID").asBoolean(false),
                spec.path("hostIPC").asBoolean(false),
                spec.path("shareProcessNamespace").asBoolean(false),
                spec.path("hostUsers").asBoolean(true),
                spec.path("runtimeClassName").asString(""));
    }

    /**
     * A security context, a pod's or a container's.
     *
     * @throws IllegalArgumentException naming the field that cannot be read
     */
    static Security security(JsonNode node, String field) {
        Map<String, String> sysctls = new LinkedHashMap<>();
        node.path("sysctls")
                .forEach(sysctl -> sysctls.put(
                        sysctl.path("name").asString(""), sysctl.path("value").asString("")));
        List<Long> groups = new ArrayList<>();
        node.path("supplementalGroups").forEach(group -> groups.add(group.asLong(0)));
        return new Security(
                number(node, "runAsUser"),
                number(node, "runAsGroup"),
                number(node, "fsGroup"),
                List.copyOf(groups),
                flag(node, "runAsNonRoot"),
                node.path("privileged").asBoolean(false),
                node.path("readOnlyRootFilesystem").asBoolean(false),
                flag(node, "allowPrivilegeEscalation"),
                PodParser.list(node.path("capabilities").path("add")),
                PodParser.list(node.path("capabilities").path("drop")),
                sysctls,
                node.hasNonNull("seccompProfile")
                        ? seccomp(node.path("seccompProfile"), field + "seccompProfile.")
                        : null,
                node.path("procMount").asString("").equals("Unmasked"));
    }

    private static @Nullable Long number(JsonNode node, String field) {
        return node.hasNonNull(field) ? (Long) node.path(field).asLong(0) : null;
    }

    private static @Nullable Boolean flag(JsonNode node, String field) {
        return node.hasNonNull(field) ? (Boolean) node.path(field).asBoolean(false) : null;
    }

    private static Seccomp seccomp(JsonNode profile, String field) {
        String type = profile.path("type").asString("");
        return switch (type) {
            case "Unconfined" -> new Seccomp.Unconfined();
            case "RuntimeDefault" -> new Seccomp.RuntimeDefault();
            case "Localhost" ->
                new Seccomp.Localhost(profile.path("localhostProfile").asString(""));
            default -> throw new IllegalArgumentException(field + "type: unsupported value \"" + type + "\"");
        };
    }
}
