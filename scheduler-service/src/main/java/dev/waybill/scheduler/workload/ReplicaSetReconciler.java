package dev.waybill.scheduler.workload;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.scheduler.cluster.ObjectView;
import dev.waybill.scheduler.cluster.PodView;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Keeps a replica set's number of pods, and its status true. Pure. */
public final class ReplicaSetReconciler {
    /** As many pods as are asked for at once; the rest follow when these are there. */
    static final int BURST = 500;

    /** First those that cost least to lose: unbound, pending, not ready, young. */
    private static final Comparator<PodView> LEAST_LOSS = Comparator.comparing(
                    (PodView pod) -> !pod.nodeName().isEmpty())
            .thenComparing(pod -> pod.phase().equals("Running"))
            .thenComparing(PodView::ready)
            .thenComparing(
                    pod -> pod.object().metadata().path("creationTimestamp").asString(""), Comparator.reverseOrder())
            .thenComparing(pod -> pod.object().name());

    private ReplicaSetReconciler() {}

    /**
     * What is to be asked for.
     *
     * @param pods the pods that it controls
     * @param childrenRevision the latest revision of any of them
     * @param failure why the last pods were refused; empty when they were not
     */
    public static List<DesiredStateRequest> reconcile(
            ObjectView replicaSet, List<PodView> pods, long childrenRevision, String failure, Instant now) {
        List<DesiredStateRequest> wishes = new ArrayList<>();
        List<PodView> active = pods.stream().filter(PodView::active).toList();
        if (!replicaSet.deleting()) {
            int wanted = replicaSet.spec().path("replicas").asInt(1);
            int lacking = wanted - active.size();
            for (int i = 0; i < Math.min(lacking, BURST); i++) {
                wishes.add(
                        Wishes.create("", "pods", pod(replicaSet, childrenRevision, i), replicaSet, childrenRevision));
            }
            active.stream()
                    .sorted(LEAST_LOSS)
                    .limit(Math.clamp(-lacking, 0, BURST))
                    .forEach(pod -> wishes.add(Wishes.delete("", "pods", pod.object(), replicaSet, childrenRevision)));
        }
        ObjectNode status = status(replicaSet, active, failure, now);
        if (differs(status, replicaSet.status())) {
            ObjectNode patch = JsonMapper.shared().createObjectNode();
            patch.set("status", status);
            wishes.add(Wishes.patch("apps", "replicasets", "status", replicaSet, patch));
        }
        return wishes;
    }

    private static ObjectNode pod(ObjectView replicaSet, long childrenRevision, int index) {
        JsonNode template = replicaSet.spec().path("template");
        ObjectNode pod = JsonMapper.shared().createObjectNode();
        pod.put("apiVersion", "v1");
        pod.put("kind", "Pod");
        ObjectNode metadata = pod.putObject("metadata");
        metadata.put("generateName", replicaSet.name() + "-");
        metadata.put("name", replicaSet.name() + "-" + Wishes.suffix(5, replicaSet.uid(), childrenRevision, index));
        metadata.put("namespace", replicaSet.namespace());
        for (String field : List.of("labels", "annotations")) {
            JsonNode value = template.path("metadata").path(field);
            if (value.isObject() && !value.isEmpty()) {
                metadata.set(field, value.deepCopy());
            }
        }
        metadata.putArray("ownerReferences").add(ownerReference(replicaSet, "ReplicaSet"));
        pod.set("spec", template.path("spec").deepCopy());
        return pod;
    }

    static ObjectNode ownerReference(ObjectView owner, String kind) {
        return JsonMapper.shared()
                .createObjectNode()
                .put("apiVersion", "apps/v1")
                .put("kind", kind)
                .put("name", owner.name())
                .put("uid", owner.uid())
                .put("controller", true)
                .put("blockOwnerDeletion", true);
    }

    private static ObjectNode status(ObjectView replicaSet, List<PodView> active, String failure, Instant now) {
        Duration minReady =
                Duration.ofSeconds(replicaSet.spec().path("minReadySeconds").asInt(0));
        String hash = replicaSet.labels().getOrDefault("pod-template-hash", "");
        int ready = 0;
        int available = 0;
        int labelled = 0;
        for (PodView pod : active) {
            ready += pod.ready() ? 1 : 0;
            available += pod.available(minReady, now) ? 1 : 0;
            labelled += hash.isEmpty() || hash.equals(pod.object().labels().get("pod-template-hash")) ? 1 : 0;
        }
        ObjectNode status = JsonMapper.shared()
                .createObjectNode()
                .put("replicas", active.size())
                .put("fullyLabeledReplicas", labelled)
                .put("readyReplicas", ready)
                .put("availableReplicas", available)
                .put("observedGeneration", replicaSet.generation());
        JsonNode last = replicaSet.status().path("conditions").path(0);
        if (!failure.isEmpty()) {
            boolean same = last.path("message").asString("").equals(failure);
            status.putArray("conditions")
                    .addObject()
                    .put("type", "ReplicaFailure")
                    .put("status", "True")
                    .put(
                            "lastTransitionTime",
                            same
                                    ? last.path("lastTransitionTime").asString("")
                                    : now.truncatedTo(ChronoUnit.SECONDS).toString())
                    .put("reason", "FailedCreate")
                    .put("message", failure);
        } else if (!last.isMissingNode()) {
            status.putArray("conditions");
        }
        return status;
    }

    /** Whether a field of the wanted status is not so; absent numbers count as 0. */
    static boolean differs(ObjectNode wanted, JsonNode is) {
        return wanted.properties().stream().anyMatch(field -> {
            JsonNode present = is.path(field.getKey());
            return field.getValue().isNumber()
                    ? present.asLong(0) != field.getValue().asLong()
                    : !present.equals(field.getValue());
        });
    }
}
