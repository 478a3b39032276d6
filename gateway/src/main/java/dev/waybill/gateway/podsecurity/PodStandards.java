package dev.waybill.gateway.podsecurity;

import dev.waybill.gateway.kinds.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Holds pods against a standard, check by check in Kubernetes' order, each as the standard's version had it
 * (k8s.io/pod-security-admission/policy). Versions before 1.19, whose seccomp was in annotations, have no seccomp check
 * here. Stateless.
 */
public final class PodStandards {
    /** From here on users of the pod's own take the place of some checks. */
    private static final int USER_NAMESPACES = 35;

    /** From here on pods for Windows are spared what Windows does not have. */
    private static final int WINDOWS = 25;

    private static final Set<String> SELINUX_TYPES = Set.of("container_t", "container_init_t", "container_kvm_t");
    private static final Set<String> SELINUX_TYPES_OF_31 =
            Set.of("container_t", "container_init_t", "container_kvm_t", "container_engine_t");

    private PodStandards() {}

    /** What the pod does that the standard forbids; empty when it is fine. */
    public static List<Violation> violations(Standard standard, JsonNode metadata, JsonNode spec) {
        if (standard.allowsAll()) {
            return List.of();
        }
        PodView pod = new PodView(metadata, spec);
        int minor = standard.minor();
        List<@Nullable Violation> found = new ArrayList<>();
        baseline(pod, minor, found);
        if (standard.level() == Level.BASELINE) {
            // What the restricted standard asks for in its own, stricter way.
            found.add(BaselineChecks.capabilities(pod));
            found.add(BaselineChecks.hostPaths(pod));
            found.add(minor < 19 ? null : BaselineChecks.seccomp(pod));
        } else {
            restricted(pod, minor, found);
        }
        return found.stream().filter(Objects::nonNull).toList();
    }

    private static void baseline(PodView pod, int minor, List<@Nullable Violation> found) {
        boolean ownUsers = pod.hasUsersOfItsOwn() && minor >= USER_NAMESPACES;
        found.add(BaselineChecks.appArmor(pod));
        found.add(BaselineChecks.hostNamespaces(pod));
        found.add(BaselineChecks.hostPorts(pod));
        found.add(minor < 34 ? null : BaselineChecks.hostProbes(pod));
        found.add(BaselineChecks.privileged(pod));
        found.add(HostAnnotations.check(pod));
        found.add(ownUsers ? null : BaselineChecks.procMount(pod));
        found.add(BaselineChecks.seLinux(pod, minor < 31 ? SELINUX_TYPES : SELINUX_TYPES_OF_31));
        found.add(BaselineChecks.sysctls(pod, minor));
        found.add(BaselineChecks.hostProcess(pod));
    }

    private static void restricted(PodView pod, int minor, List<@Nullable Violation> found) {
        boolean ownUsers = pod.hasUsersOfItsOwn() && minor >= USER_NAMESPACES;
        boolean windows = pod.isWindows() && minor >= WINDOWS;
        found.add(windows || minor < 8 ? null : RestrictedChecks.privilegeEscalation(pod));
        found.add(windows || minor < 22 ? null : RestrictedChecks.capabilities(pod));
        found.add(RestrictedChecks.volumes(pod));
        found.add(ownUsers ? null : RestrictedChecks.nonRoot(pod));
        found.add(ownUsers || minor < 23 ? null : RestrictedChecks.user(pod));
        found.add(windows || minor < 19 ? null : RestrictedChecks.seccomp(pod));
    }

    /** Whether a change of a pod can matter: other images, containers that joined, annotations that reach into the node. */
    public static boolean concerns(JsonNode pod, JsonNode old) {
        return !images(pod).equals(images(old)) || !knobs(pod).equals(knobs(old));
    }

    private static Map<String, String> images(JsonNode pod) {
        Map<String, String> images = new HashMap<>();
        new PodView(pod.path("metadata"), pod.path("spec"))
                .containers()
                .forEach(container -> images.put(Json.text(container, "name"), Json.text(container, "image")));
        return images;
    }

    private static Map<String, String> knobs(JsonNode pod) {
        Map<String, String> knobs = new HashMap<>();
        pod.path("metadata").path("annotations").properties().forEach(annotation -> {
            if (HostAnnotations.concerns(annotation.getKey())) {
                knobs.put(annotation.getKey(), annotation.getValue().asString(""));
            }
        });
        return knobs;
    }
}
