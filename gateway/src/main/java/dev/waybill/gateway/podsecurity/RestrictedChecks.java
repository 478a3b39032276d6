package dev.waybill.gateway.podsecurity;

import dev.waybill.gateway.kinds.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The restricted standard: pods that are hardened on top of the baseline (Pod Security Standards). Stateless. */
final class RestrictedChecks {
    private static final Set<String> VOLUMES = Set.of(
            "configMap",
            "csi",
            "downwardAPI",
            "emptyDir",
            "ephemeral",
            "image",
            "persistentVolumeClaim",
            "projected",
            "secret");

    private RestrictedChecks() {}

    static @Nullable Violation privilegeEscalation(PodView pod) {
        List<String> containers = pod.containersWhose(
                context -> context.path("allowPrivilegeEscalation").asBoolean(true));
        return containers.isEmpty()
                ? null
                : new Violation(
                        "allowPrivilegeEscalation != false",
                        Words.containers(containers) + " must set securityContext.allowPrivilegeEscalation=false");
    }

    static @Nullable Violation capabilities(PodView pod) {
        Set<String> added = new TreeSet<>();
        List<String> keeping = pod.containersWhose(context -> context.path("capabilities")
                .path("drop")
                .valueStream()
                .noneMatch(each -> each.asString("").equals("ALL")));
        List<String> adding = pod.containersWhose(context -> {
            boolean bad = false;
            for (JsonNode capability : context.path("capabilities").path("add")) {
                if (!capability.asString("").equals("NET_BIND_SERVICE")) {
                    bad = true;
                    added.add(capability.asString(""));
                }
            }
            return bad;
        });
        List<String> details = new ArrayList<>();
        if (!keeping.isEmpty()) {
            details.add(Words.containers(keeping) + " must set securityContext.capabilities.drop=[\"ALL\"]");
        }
        if (!adding.isEmpty()) {
            details.add(Words.containers(adding) + " must not include " + Words.quoted(added)
                    + " in securityContext.capabilities.add");
        }
        return details.isEmpty() ? null : new Violation("unrestricted capabilities", String.join("; ", details));
    }

    static @Nullable Violation volumes(PodView pod) {
        List<String> names = new ArrayList<>();
        Set<String> types = new TreeSet<>();
        for (JsonNode volume : pod.spec().path("volumes")) {
            List<String> sources = volume.properties().stream()
                    .filter(field ->
                            !field.getKey().equals("name") && !field.getValue().isNull())
                    .map(Map.Entry::getKey)
                    .toList();
            if (sources.stream().noneMatch(VOLUMES::contains)) {
                names.add(Json.text(volume, "name"));
                types.add(sources.isEmpty() ? "unknown" : sources.getFirst());
            }
        }
        return names.isEmpty()
                ? null
                : new Violation(
                        "restricted volume types",
                        Words.plural("volume", names) + " " + Words.quoted(names)
                                + (names.size() == 1 ? " uses " : " use ")
                                + Words.plural("restricted volume type", types) + " " + Words.quoted(types));
    }

    static @Nullable Violation nonRoot(PodView pod) {
        JsonNode ofPod = pod.securityContext().path("runAsNonRoot");
        boolean podRefuses = ofPod.isBoolean() && !ofPod.booleanValue();
        List<String> refusing = pod.containersWhose(context -> {
            JsonNode own = context.path("runAsNonRoot");
            return own.isBoolean() && !own.booleanValue();
        });
        if (podRefuses || !refusing.isEmpty()) {
            return new Violation(
                    "runAsNonRoot != true",
                    Words.setters(podRefuses, refusing) + " must not set securityContext.runAsNonRoot=false");
        }
        List<String> silent = ofPod.asBoolean(false)
                ? List.of()
                : pod.containersWhose(context -> Json.absent(context, "runAsNonRoot"));
        return silent.isEmpty()
                ? null
                : new Violation(
                        "runAsNonRoot != true",
                        "pod or " + Words.containers(silent) + " must set securityContext.runAsNonRoot=true");
    }

    static @Nullable Violation user(PodView pod) {
        boolean ofPod = Json.number(pod.securityContext(), "runAsUser", -1) == 0;
        List<String> containers = pod.containersWhose(context -> Json.number(context, "runAsUser", -1) == 0);
        return !ofPod && containers.isEmpty()
                ? null
                : new Violation("runAsUser=0", Words.setters(ofPod, containers) + " must not set runAsUser=0");
    }

    static @Nullable Violation seccomp(PodView pod) {
        Violation forbidden = BaselineChecks.seccomp(pod);
        if (forbidden != null) {
            return forbidden;
        }
        List<String> silent = pod.securityContext().path("seccompProfile").isObject()
                ? List.of()
                : pod.containersWhose(context -> Json.absent(context, "seccompProfile"));
        return silent.isEmpty()
                ? null
                : new Violation(
                        "seccompProfile",
                        "pod or " + Words.containers(silent)
                                + " must set securityContext.seccompProfile.type to \"RuntimeDefault\" or"
                                + " \"Localhost\"");
    }
}
