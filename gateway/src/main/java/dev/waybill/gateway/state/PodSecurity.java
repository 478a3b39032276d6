package dev.waybill.gateway.state;

import dev.waybill.gateway.kinds.FieldError;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.podsecurity.NamespacePolicy;
import dev.waybill.gateway.podsecurity.PodStandards;
import dev.waybill.gateway.podsecurity.Standard;
import dev.waybill.gateway.podsecurity.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Pod Security admission: refuses pods that their namespace's labels forbid, warns of templates whose pods would be
 * (k8s.io/pod-security-admission/admission). Stateless.
 */
final class PodSecurity {
    /** Where the kinds that make pods have their template. */
    private static final Map<String, List<String>> TEMPLATES = Map.of(
            "podtemplates", List.of("template"),
            "replicationcontrollers", List.of("spec", "template"),
            "replicasets.apps", List.of("spec", "template"),
            "deployments.apps", List.of("spec", "template"),
            "statefulsets.apps", List.of("spec", "template"),
            "daemonsets.apps", List.of("spec", "template"),
            "jobs.batch", List.of("spec", "template"),
            "cronjobs.batch", List.of("spec", "jobTemplate", "spec", "template"));

    private static final int PODS_LOOKED_AT = 3_000;

    private PodSecurity() {}

    /** @param old the object before an update; null when it is new */
    static void admit(
            Draft draft, Kind kind, String namespace, String name, ObjectNode object, @Nullable JsonNode old) {
        String resource = kind.qualifiedResource();
        if (resource.equals("namespaces")) {
            labels(draft, kind, name, object, old);
        } else if (resource.equals("pods")) {
            if (old == null || PodStandards.concerns(object, old)) {
                pod(draft, kind, namespace, name, object);
            }
        } else if (TEMPLATES.containsKey(resource)) {
            JsonNode template = object;
            for (String field : TEMPLATES.get(resource)) {
                template = template.path(field);
            }
            if (template.isObject()) {
                warn(draft, policy(draft, namespace).warn(), template);
            }
        }
    }

    private static void pod(Draft draft, Kind kind, String namespace, String name, ObjectNode pod) {
        NamespacePolicy policy = policy(draft, namespace);
        List<Violation> violations = violations(policy.enforce(), pod);
        if (!violations.isEmpty()) {
            throw Refusal.forbidden(
                            kind,
                            name,
                            "violates PodSecurity \"" + policy.enforce() + "\": " + Violation.sentence(violations))
                    .asException();
        }
        warn(draft, policy.warn(), pod);
    }

    private static void warn(Draft draft, Standard standard, JsonNode pod) {
        List<Violation> violations = violations(standard, pod);
        if (!violations.isEmpty()) {
            draft.warn("would violate PodSecurity \"" + standard + "\": " + Violation.sentence(violations));
        }
    }

    private static List<Violation> violations(Standard standard, JsonNode pod) {
        return PodStandards.violations(standard, pod.path("metadata"), pod.path("spec"));
    }

    private static NamespacePolicy policy(Draft draft, String namespace) {
        StoredObject home = draft.get(new ResourceKey("", "namespaces", "", namespace));
        return NamespacePolicy.of(home == null ? Map.of() : home.labels());
    }

    /** Labels must be readable; a stricter level warns of the pods that are there. */
    private static void labels(Draft draft, Kind kind, String name, ObjectNode namespace, @Nullable JsonNode old) {
        NamespacePolicy policy = policy(namespace);
        List<FieldError> before = old == null ? List.of() : policy(old).errors();
        if (!policy.errors().isEmpty() && !policy.errors().equals(before)) {
            throw Refusal.invalid(kind, name, policy.errors()).asException();
        }
        if (old == null) {
            return;
        }
        Standard next = policy.enforce();
        Standard last = policy(old).enforce();
        boolean relaxed = next.minor() == last.minor() && next.level().compareTo(last.level()) <= 0;
        if (!next.allowsAll() && !relaxed) {
            warnOfPods(draft, name, next);
        }
    }

    private static void warnOfPods(Draft draft, String namespace, Standard standard) {
        List<StoredObject> pods = draft.image().list("", "pods", namespace);
        Map<String, List<String>> podsByReasons = new TreeMap<>();
        for (StoredObject pod : pods.subList(0, Math.min(pods.size(), PODS_LOOKED_AT))) {
            List<Violation> violations = violations(standard, pod.json());
            if (!violations.isEmpty()) {
                podsByReasons
                        .computeIfAbsent(Violation.reasons(violations), reasons -> new ArrayList<>())
                        .add(pod.name());
            }
        }
        if (pods.size() > PODS_LOOKED_AT) {
            draft.warn("new PodSecurity enforce level only checked against the first " + PODS_LOOKED_AT + " of "
                    + pods.size() + " existing pods");
        }
        if (podsByReasons.isEmpty()) {
            return;
        }
        draft.warn("existing pods in namespace \"" + namespace + "\" violate the new PodSecurity enforce level \""
                + standard + "\"");
        TreeSet<String> lines = new TreeSet<>();
        podsByReasons.forEach(
                (reasons, names) -> lines.add(names.getFirst() + others(names.size() - 1) + ": " + reasons));
        lines.forEach(draft::warn);
    }

    private static String others(int count) {
        return switch (count) {
            case 0 -> "";
            case 1 -> " (and 1 other pod)";
            default -> " (and " + count + " other pods)";
        };
    }

    private static NamespacePolicy policy(JsonNode namespace) {
        Map<String, String> labels = new TreeMap<>();
        namespace
                .path("metadata")
                .path("labels")
                .properties()
                .forEach(label -> labels.put(label.getKey(), label.getValue().asString("")));
        return NamespacePolicy.of(labels);
    }
}
