package dev.waybill.scheduler.workload;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.scheduler.cluster.ObjectView;
import dev.waybill.scheduler.workload.RolloutPlan.Numbers;
import dev.waybill.scheduler.workload.RolloutPlan.Plan;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Keeps a deployment's replica sets: one per pod template, scaled step by step. Pure. */
public final class DeploymentReconciler {
    static final String REVISION = "deployment.kubernetes.io/revision";
    static final String HASH = "pod-template-hash";

    private DeploymentReconciler() {}

    /** A replica set of the deployment with the pods that it has, those that are going included. */
    public record Rollout(ObjectView replicaSet, int existingPods) {
        int wanted() {
            return replicaSet.spec().path("replicas").asInt(1);
        }

        int status(String field) {
            return replicaSet.status().path(field).asInt(0);
        }

        Numbers numbers() {
            return new Numbers(wanted(), status("availableReplicas"), existingPods);
        }

        long revisionNumber() {
            String text = replicaSet.annotation(REVISION);
            return text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
        }
    }

    /**
     * What is to be asked for.
     *
     * @param rollouts the replica sets that it controls
     * @param childrenRevision the latest revision of any of them
     */
    public static List<DesiredStateRequest> reconcile(
            ObjectView deployment, List<Rollout> rollouts, long childrenRevision, Instant now) {
        if (deployment.deleting()) {
            return List.of();
        }
        List<DesiredStateRequest> wishes = new ArrayList<>();
        String hash = Wishes.suffix(10, deployment.spec().path("template"));
        List<Rollout> sorted = rollouts.stream()
                .filter(rollout -> !rollout.replicaSet.deleting())
                .sorted(Comparator.comparingLong(Rollout::revisionNumber))
                .toList();
        Optional<Rollout> current = sorted.stream()
                .filter(rollout -> hash.equals(rollout.replicaSet.labels().get(HASH)))
                .findFirst();
        List<Rollout> old = sorted.stream()
                .filter(rollout -> current.isEmpty()
                        || !rollout.replicaSet
                                .uid()
                                .equals(current.get().replicaSet.uid()))
                .toList();
        if (deployment.spec().path("paused").asBoolean(false)) {
            current.ifPresent(rollout -> scale(wishes, rollout, replicas(deployment)));
        } else if (current.isPresent()) {
            roll(wishes, deployment, current.get(), old);
            revisions(wishes, deployment, current.get(), old);
            prune(wishes, deployment, current.get(), old, childrenRevision);
        } else {
            wishes.add(Wishes.create(
                    "apps", "replicasets", replicaSet(deployment, hash, old), deployment, childrenRevision));
        }
        status(deployment, current.orElse(null), sorted, now).ifPresent(wishes::add);
        return wishes;
    }

    private static int replicas(ObjectView deployment) {
        return deployment.spec().path("replicas").asInt(1);
    }

    private static void roll(
            List<DesiredStateRequest> wishes, ObjectView deployment, Rollout current, List<Rollout> old) {
        Plan plan = plan(deployment, current.numbers(), old);
        scale(wishes, current, plan.fresh());
        for (int i = 0; i < old.size(); i++) {
            scale(wishes, old.get(i), plan.old().get(i));
        }
    }

    private static Plan plan(ObjectView deployment, Numbers fresh, List<Rollout> old) {
        List<Numbers> numbers = old.stream().map(Rollout::numbers).toList();
        JsonNode strategy = deployment.spec().path("strategy");
        int replicas = replicas(deployment);
        if (strategy.path("type").asString("").equals("Recreate")) {
            return RolloutPlan.recreate(replicas, numbers);
        }
        JsonNode rolling = strategy.path("rollingUpdate");
        int surge = share(rolling.path("maxSurge"), replicas, true);
        int unavailable = share(rolling.path("maxUnavailable"), replicas, false);
        return RolloutPlan.rolling(replicas, surge, surge == 0 && unavailable == 0 ? 1 : unavailable, fresh, numbers);
    }

    /** A number or a percentage of the replicas; 25 % when absent. Surge rounds up, unavailability down. */
    static int share(JsonNode value, int replicas, boolean roundUp) {
        if (value.isNumber()) {
            return value.asInt();
        }
        String text = value.asString("25%");
        int percent = text.endsWith("%") ? Integer.parseInt(text.substring(0, text.length() - 1)) : 25;
        return (replicas * percent + (roundUp ? 99 : 0)) / 100;
    }

    private static void scale(List<DesiredStateRequest> wishes, Rollout rollout, int replicas) {
        if (rollout.wanted() != replicas) {
            ObjectNode patch = JsonMapper.shared().createObjectNode();
            patch.putObject("spec").put("replicas", replicas);
            wishes.add(Wishes.patch("apps", "replicasets", "", rollout.replicaSet, patch));
        }
    }

    private static ObjectNode replicaSet(ObjectView deployment, String hash, List<Rollout> old) {
        ObjectNode object = JsonMapper.shared().createObjectNode();
        object.put("apiVersion", "apps/v1");
        object.put("kind", "ReplicaSet");
        ObjectNode metadata = object.putObject("metadata");
        metadata.put("name", deployment.name() + "-" + hash);
        metadata.put("namespace", deployment.namespace());
        JsonNode template = deployment.spec().path("template");
        ObjectNode labels = metadata.putObject("labels");
        template.path("metadata")
                .path("labels")
                .properties()
                .forEach(label -> labels.set(label.getKey(), label.getValue()));
        labels.put(HASH, hash);
        ObjectNode annotations = metadata.putObject("annotations");
        deployment.metadata().path("annotations").properties().forEach(entry -> {
            if (!entry.getKey().startsWith("kubectl.kubernetes.io/last-applied")
                    && !entry.getKey().equals(REVISION)) {
                annotations.set(entry.getKey(), entry.getValue());
            }
        });
        annotations.put(REVISION, Long.toString(nextRevision(old)));
        metadata.putArray("ownerReferences").add(ReplicaSetReconciler.ownerReference(deployment, "Deployment"));
        ObjectNode spec = object.putObject("spec");
        spec.put("replicas", plan(deployment, new Numbers(0, 0, 0), old).fresh());
        spec.put("minReadySeconds", deployment.spec().path("minReadySeconds").asInt(0));
        ObjectNode selector = (ObjectNode) deployment.spec().path("selector").deepCopy();
        selector.withObject("matchLabels").put(HASH, hash);
        spec.set("selector", selector);
        ObjectNode own = (ObjectNode) template.deepCopy();
        own.withObject("metadata").withObject("labels").put(HASH, hash);
        spec.set("template", own);
        return object;
    }

    private static long nextRevision(List<Rollout> old) {
        return old.stream().mapToLong(Rollout::revisionNumber).max().orElse(0) + 1;
    }

    /** A template that comes back gets a new revision number, and the deployment shows the current one. */
    private static void revisions(
            List<DesiredStateRequest> wishes, ObjectView deployment, Rollout current, List<Rollout> old) {
        long revision = Math.max(current.revisionNumber(), nextRevision(old));
        if (revision != current.revisionNumber()) {
            wishes.add(Wishes.patch("apps", "replicasets", "", current.replicaSet, annotated(revision)));
        }
        if (!deployment.annotation(REVISION).equals(Long.toString(revision))) {
            wishes.add(Wishes.patch("apps", "deployments", "", deployment, annotated(revision)));
        }
    }

    private static ObjectNode annotated(long revision) {
        ObjectNode patch = JsonMapper.shared().createObjectNode();
        patch.putObject("metadata").putObject("annotations").put(REVISION, Long.toString(revision));
        return patch;
    }

    /** Old replica sets that are empty are kept for rollbacks up to a limit. */
    private static void prune(
            List<DesiredStateRequest> wishes,
            ObjectView deployment,
            Rollout current,
            List<Rollout> old,
            long childrenRevision) {
        if (current.wanted() != replicas(deployment)) {
            return;
        }
        int limit = deployment.spec().path("revisionHistoryLimit").asInt(10);
        List<Rollout> empty = old.stream()
                .filter(rollout -> rollout.wanted() == 0 && rollout.existingPods == 0)
                .toList();
        empty.stream()
                .limit(Math.max(0, empty.size() - limit))
                .forEach(rollout -> wishes.add(
                        Wishes.delete("apps", "replicasets", rollout.replicaSet, deployment, childrenRevision)));
    }

    private static Optional<DesiredStateRequest> status(
            ObjectView deployment, @Nullable Rollout current, List<Rollout> all, Instant now) {
        ObjectNode status = DeploymentStatus.of(deployment, current, all, now);
        if (!ReplicaSetReconciler.differs(status, deployment.status())) {
            return Optional.empty();
        }
        ObjectNode patch = JsonMapper.shared().createObjectNode();
        patch.set("status", status);
        return Optional.of(Wishes.patch("apps", "deployments", "status", deployment, patch));
    }
}
