package dev.waybill.gateway.state;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.objects.LabelSelector;
import dev.waybill.gateway.kinds.FieldError;
import dev.waybill.gateway.kinds.Json;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Evictions: deletions that a PodDisruptionBudget may put off. What a budget allows is counted down in the transaction of
 * the deletion, so no two evictions ever share an allowance (k8s.io/kubernetes/pkg/registry/core/pod/storage). Stateless.
 */
final class Evictions {
    /** Evictions that the budgets' controller has not seen yet; more are a sign that it is not there. */
    private static final int MOST_DISRUPTED = 2_000;

    private static final String CAUSE = "DisruptionBudget";

    private Evictions() {}

    /** Deletes a pod, or refuses. */
    static StoredObject evict(Draft draft, StoredObject pod, JsonNode eviction, DesiredStateRequest request) {
        JsonNode options = eviction.path("deleteOptions");
        if (!disruptsNobody(pod)) {
            budget(draft, pod).ifPresent(budget -> spend(draft, budget, pod));
        }
        return Deletion.delete(draft, marked(draft, pod), Deletion.Options.of(options, request));
    }

    /** A pod that has ended, goes already, or never began is missed by nobody. */
    private static boolean disruptsNobody(StoredObject pod) {
        return pod.deleting()
                || switch (Json.text(pod.json(), "status", "phase")) {
                    case "Succeeded", "Failed", "Pending", "" -> true;
                    default -> false;
                };
    }

    private static Optional<StoredObject> budget(Draft draft, StoredObject pod) {
        Map<String, String> labels = pod.labels();
        List<StoredObject> budgets = draft.image().list("policy", "poddisruptionbudgets", pod.namespace()).stream()
                .filter(budget -> selects(budget, labels))
                .toList();
        if (budgets.size() > 1) {
            throw Refusal.internal("This pod has more than one PodDisruptionBudget, which the eviction subresource does"
                            + " not support.")
                    .asException();
        }
        return budgets.stream().findFirst();
    }

    /** An empty selector selects every pod of the namespace, none at all selects none (policy/v1). */
    private static boolean selects(StoredObject budget, Map<String, String> labels) {
        JsonNode selector = budget.json().path("spec").path("selector");
        return selector.isObject() && LabelSelector.of(selector).matches(labels);
    }

    private static void spend(Draft draft, StoredObject budget, StoredObject pod) {
        JsonNode status = budget.json().path("status");
        long healthy = Json.number(status, "currentHealthy", 0);
        long desired = Json.number(status, "desiredHealthy", 0);
        if (!ready(pod)) {
            boolean always = Json.text(budget.json(), "spec", "unhealthyPodEvictionPolicy")
                    .equals("AlwaysAllow");
            if (always || (healthy >= desired && desired > 0)) {
                return; // it does not count as healthy, so nothing is lost
            }
        }
        if (Json.number(status, "observedGeneration", 0) < budget.generation()) {
            throw tooMany("The disruption budget " + budget.name() + " is still being processed by the server.", 10);
        }
        long allowed = Json.number(status, "disruptionsAllowed", 0);
        if (allowed < 0) {
            throw Refusal.forbidden(budget.kind(), budget.name(), "pdb disruptions allowed is negative")
                    .asException();
        }
        if (status.path("disruptedPods").size() > MOST_DISRUPTED) {
            throw Refusal.forbidden(
                            budget.kind(),
                            budget.name(),
                            "DisruptedPods map too big - too many evictions not confirmed by PDB controller")
                    .asException();
        }
        if (allowed == 0) {
            throw tooMany(
                    "The disruption budget " + budget.name() + " needs " + desired + " healthy pods and has " + healthy
                            + " currently",
                    0);
        }
        ObjectNode next = budget.copy();
        ObjectNode changed = Json.child(next, "status");
        changed.set("disruptionsAllowed", Json.number(allowed - 1));
        Json.child(changed, "disruptedPods").put(pod.name(), draft.timestamp());
        ObjectNode condition = Conditions.find(next, "DisruptionAllowed");
        if (allowed == 1 && condition != null) {
            condition
                    .put("status", "False")
                    .put("reason", "InsufficientPods")
                    .put("message", "")
                    .put("lastTransitionTime", draft.timestamp());
        }
        draft.replace(budget, next);
    }

    private static boolean ready(StoredObject pod) {
        ObjectNode condition = Conditions.find(pod.json(), "Ready");
        return condition != null && Json.text(condition, "status").equals("True");
    }

    /** The pod says by whom it went. */
    private static StoredObject marked(Draft draft, StoredObject pod) {
        if (pod.deleting()) {
            return pod;
        }
        ObjectNode next = pod.copy();
        Conditions.set(
                next, "DisruptionTarget", "True", "EvictionByEvictionAPI", "Eviction API: evicting", draft.timestamp());
        return draft.replace(pod, next);
    }

    private static RefusedException tooMany(String cause, int retryAfterSeconds) {
        return new Refusal(
                        429,
                        "TooManyRequests",
                        "Cannot evict pod as it would violate the pod's disruption budget.",
                        List.of(new FieldError(CAUSE, "", cause)),
                        "",
                        retryAfterSeconds)
                .asException();
    }
}
