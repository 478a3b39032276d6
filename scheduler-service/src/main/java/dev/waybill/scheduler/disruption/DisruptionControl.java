package dev.waybill.scheduler.disruption;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.objects.LabelSelector;
import dev.waybill.scheduler.cluster.ClusterImage;
import dev.waybill.scheduler.cluster.ObjectView;
import dev.waybill.scheduler.cluster.PodView;
import dev.waybill.scheduler.selection.PodSelection;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/**
 * Folds budgets and what they count in and says which statuses are due. It may forget everything: all of it follows from
 * the log. Confined to the scheduler's thread.
 */
public final class DisruptionControl {
    private final ClusterImage cluster;
    private final PodSelection budgets = new PodSelection();
    /** Controllers that only count here, by uid. */
    private final Map<String, Integer> scales = new HashMap<>();

    private final Set<String> dirty = new LinkedHashSet<>();

    public DisruptionControl(ClusterImage cluster) {
        this.cluster = cluster;
    }

    /** What is folded here and nowhere else. */
    public static boolean concerns(String resource) {
        return switch (resource) {
            case "poddisruptionbudgets", "statefulsets", "replicationcontrollers" -> true;
            default -> false;
        };
    }

    public void replay(ObjectView object, boolean deleted) {
        if (!object.resource().equals("poddisruptionbudgets")) {
            scale(object, deleted);
        } else if (deleted) {
            budgets.remove(object);
            dirty.remove(object.uid());
        } else {
            JsonNode selector = object.spec().path("selector");
            ObjectView known = budgets.object(object.uid());
            if (known != null && known.spec().path("selector").equals(selector)) {
                budgets.update(object);
            } else {
                budgets.put(object, labels(selector), cluster.pods());
            }
            dirty.add(object.uid());
        }
    }

    /** No selector selects nothing, and neither does one that cannot be read. */
    private static Predicate<Map<String, String>> labels(JsonNode selector) {
        try {
            return selector.isObject() ? LabelSelector.of(selector)::matches : none -> false;
        } catch (IllegalArgumentException e) {
            return none -> false;
        }
    }

    private void scale(ObjectView controller, boolean deleted) {
        if (deleted) {
            scales.remove(controller.uid());
        } else {
            scales.put(controller.uid(), controller.spec().path("replicas").asInt(1));
        }
        touch(controller.namespace());
    }

    /** A pod came, changed or went. */
    public void replayPod(PodView pod, boolean deleted) {
        dirty.addAll(budgets.pod(pod, deleted));
    }

    /** A deployment or replica set may have changed how many pods it wants. */
    public void replayWorkload(ObjectView workload) {
        touch(workload.namespace());
    }

    /** A node was lost or is back: its pods count for any budget. */
    public void replayNode() {
        dirty.addAll(budgets.uids());
    }

    /** Time has passed: evictions are forgotten that came to nothing. */
    public void tick() {
        for (String uid : budgets.uids()) {
            ObjectView budget = budgets.object(uid);
            if (budget != null && BudgetReconciler.waits(budget)) {
                dirty.add(uid);
            }
        }
    }

    private void touch(String namespace) {
        dirty.addAll(budgets.uids(namespace));
    }

    /** Sends each status that is due; one whose last change is not answered yet comes again. */
    public void decide(Predicate<String> settled, BiConsumer<ObjectView, DesiredStateRequest> send, Instant now) {
        for (String uid : List.copyOf(dirty)) {
            ObjectView budget = budgets.object(uid);
            if (budget == null) {
                dirty.remove(uid);
            } else if (settled.test(uid)) {
                dirty.remove(uid);
                BudgetReconciler.reconcile(budget, budgets.podsOf(uid), cluster::ready, this::scaleOf, now)
                        .ifPresent(request -> {
                            dirty.add(uid);
                            send.accept(budget, request);
                        });
            }
        }
    }

    /** Of a replica set's deployment, where it has one. */
    private BudgetReconciler.Scale scaleOf(String controllerUid) {
        ObjectView workload = cluster.workload(controllerUid);
        if (workload == null) {
            return new BudgetReconciler.Scale(controllerUid, scales.getOrDefault(controllerUid, 0));
        }
        String owner = workload.controllerUid();
        ObjectView deployment = owner == null ? null : cluster.workload(owner);
        ObjectView uppermost = deployment == null ? workload : deployment;
        return new BudgetReconciler.Scale(
                uppermost.uid(), uppermost.spec().path("replicas").asInt(1));
    }
}
