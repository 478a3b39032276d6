package dev.waybill.scheduler.workload;

import dev.waybill.scheduler.cluster.ObjectView;
import dev.waybill.scheduler.cluster.PodView;
import dev.waybill.scheduler.workload.DeploymentReconciler.Rollout;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The status of a deployment with its Available and Progressing conditions. Pure. */
final class DeploymentStatus {
    private DeploymentStatus() {}

    static ObjectNode of(ObjectView deployment, @Nullable Rollout current, List<Rollout> all, Instant now) {
        int replicas = deployment.spec().path("replicas").asInt(1);
        int total = sum(all, "replicas");
        int available = sum(all, "availableReplicas");
        int updated = current == null ? 0 : current.status("replicas");
        ObjectNode status = JsonMapper.shared().createObjectNode();
        status.put("observedGeneration", deployment.generation());
        status.put("replicas", total);
        status.put("updatedReplicas", updated);
        status.put("readyReplicas", sum(all, "readyReplicas"));
        status.put("availableReplicas", available);
        status.put("unavailableReplicas", Math.max(0, Math.max(total, replicas) - available));
        int unavailable = DeploymentReconciler.share(
                deployment.spec().path("strategy").path("rollingUpdate").path("maxUnavailable"), replicas, false);
        boolean complete = current != null
                && updated == replicas
                && total == replicas
                && available >= replicas
                && deployment.status().path("observedGeneration").asLong(0) >= deployment.generation() - 1;
        ArrayNode conditions = status.putArray("conditions");
        conditions.add(available(deployment, available >= replicas - unavailable, now));
        conditions.add(progressing(deployment, current, complete, changed(deployment, status), now));
        return status;
    }

    private static ObjectNode available(ObjectView deployment, boolean enough, Instant now) {
        return enough
                ? condition(
                        deployment,
                        "Available",
                        "True",
                        "MinimumReplicasAvailable",
                        "Deployment has minimum availability.",
                        false,
                        now)
                : condition(
                        deployment,
                        "Available",
                        "False",
                        "MinimumReplicasUnavailable",
                        "Deployment does not have minimum availability.",
                        false,
                        now);
    }

    private static ObjectNode progressing(
            ObjectView deployment, @Nullable Rollout current, boolean complete, boolean moved, Instant now) {
        String name = current == null ? "" : current.replicaSet().name();
        if (complete) {
            return condition(
                    deployment,
                    "Progressing",
                    "True",
                    "NewReplicaSetAvailable",
                    "ReplicaSet \"" + name + "\" has successfully progressed.",
                    false,
                    now);
        }
        if (current == null) {
            return condition(
                    deployment,
                    "Progressing",
                    "True",
                    "NewReplicaSetCreated",
                    "Created new replica set for \"" + deployment.name() + "\"",
                    moved,
                    now);
        }
        if (!moved && overdue(deployment, now)) {
            return condition(
                    deployment,
                    "Progressing",
                    "False",
                    "ProgressDeadlineExceeded",
                    "ReplicaSet \"" + name + "\" has timed out progressing.",
                    false,
                    now);
        }
        return condition(
                deployment,
                "Progressing",
                "True",
                "ReplicaSetUpdated",
                "ReplicaSet \"" + name + "\" is progressing.",
                moved,
                now);
    }

    private static boolean overdue(ObjectView deployment, Instant now) {
        Duration deadline = Duration.ofSeconds(
                deployment.spec().path("progressDeadlineSeconds").asInt(600));
        JsonNode last = existing(deployment, "Progressing");
        return !last.isMissingNode()
                && !last.path("reason").asString("").equals("NewReplicaSetAvailable")
                && PodView.time(last.path("lastUpdateTime").asString(""))
                        .plus(deadline)
                        .isBefore(now);
    }

    /** Whether a number of the status is about to change: that counts as progress. */
    private static boolean changed(ObjectView deployment, ObjectNode status) {
        return List.of("replicas", "updatedReplicas", "readyReplicas", "availableReplicas").stream()
                .anyMatch(field -> deployment.status().path(field).asInt(0)
                        != status.path(field).asInt());
    }

    private static ObjectNode condition(
            ObjectView deployment,
            String type,
            String status,
            String reason,
            String message,
            boolean touch,
            Instant now) {
        JsonNode last = existing(deployment, type);
        String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
        boolean same = last.path("status").asString("").equals(status);
        boolean untouched = same && !touch && last.path("reason").asString("").equals(reason);
        ObjectNode condition = JsonMapper.shared().createObjectNode();
        condition.put("type", type);
        condition.put("status", status);
        condition.put("lastUpdateTime", untouched ? last.path("lastUpdateTime").asString(time) : time);
        condition.put(
                "lastTransitionTime", same ? last.path("lastTransitionTime").asString(time) : time);
        condition.put("reason", reason);
        condition.put("message", message);
        return condition;
    }

    private static JsonNode existing(ObjectView deployment, String type) {
        for (JsonNode condition : deployment.status().path("conditions")) {
            if (condition.path("type").asString("").equals(type)) {
                return condition;
            }
        }
        return JsonMapper.shared().missingNode();
    }

    private static int sum(List<Rollout> rollouts, String field) {
        return rollouts.stream().mapToInt(rollout -> rollout.status(field)).sum();
    }
}
