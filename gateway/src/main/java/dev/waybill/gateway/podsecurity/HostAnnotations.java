package dev.waybill.gateway.podsecurity;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Waybill's own annotations that reach into the node: its devices, and memory that nobody can be killed for. Kubernetes'
 * standards cannot know them, and they give what privileged gives, so the baseline refuses them (ADR 33). Stateless.
 */
final class HostAnnotations {
    private static final Set<String> KNOBS =
            Set.of("waybill.dev/device", "waybill.dev/device-cgroup-rule", "waybill.dev/oom-kill-disable");

    private HostAnnotations() {}

    static @Nullable Violation check(PodView pod) {
        Set<String> found = new TreeSet<>();
        for (Map.Entry<String, JsonNode> annotation : pod.annotations().properties()) {
            if (concerns(annotation.getKey())
                    && !annotation.getValue().asString("").equals("false")) {
                found.add(annotation.getKey());
            }
        }
        return found.isEmpty()
                ? null
                : new Violation(
                        "node's own resources",
                        "pod must not set " + Words.plural("annotation", found) + " " + Words.quoted(found));
    }

    /** Whether it is one of them, for the pod or, as CONTAINER.waybill.dev/KNOB, for one container. */
    static boolean concerns(String key) {
        int slash = key.indexOf("waybill.dev/");
        return slash >= 0 && (slash == 0 || key.charAt(slash - 1) == '.') && KNOBS.contains(key.substring(slash));
    }
}
