package dev.waybill.scheduler;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.PodBound;
import dev.waybill.events.PodUnschedulable;
import dev.waybill.runtime.TraceContext;
import dev.waybill.scheduler.cluster.ClusterImage;
import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.cluster.ObjectView;
import dev.waybill.scheduler.cluster.PodView;
import dev.waybill.scheduler.disruption.DisruptionControl;
import dev.waybill.scheduler.endpoints.EndpointControl;
import dev.waybill.scheduler.nodelife.NodeControl;
import dev.waybill.scheduler.nodelife.TaintEviction;
import dev.waybill.scheduler.placement.NodeFilter;
import dev.waybill.scheduler.placement.PlacementRound;
import dev.waybill.scheduler.placement.PodPlacer;
import dev.waybill.scheduler.placement.Verdict;
import dev.waybill.scheduler.volume.VolumeControl;
import dev.waybill.scheduler.volume.VolumeNeeds;
import dev.waybill.scheduler.workload.DeploymentReconciler;
import dev.waybill.scheduler.workload.DeploymentReconciler.Rollout;
import dev.waybill.scheduler.workload.Expectations;
import dev.waybill.scheduler.workload.ReplicaSetReconciler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * The scheduler's one decider: facts, answers and time in, wishes and decisions out. It may forget everything at any
 * time and decide again from the log; the writer refuses whatever came too late. Every method holds the object's lock.
 */
public final class Scheduler {
    /** Where decisions go. Calls come under the scheduler's lock and must not wait. */
    public interface Decisions {
        /** Publishes a request under an id. */
        void request(String id, DesiredStateRequest request, TraceContext trace);

        void bound(PodBound decision, TraceContext trace);

        void unschedulable(PodUnschedulable decision, TraceContext trace);

        /** A round of placements has ended: what was bound and what was not may go out together. */
        default void placed() {}

        /** A new request id. */
        String newId();
    }

    /** Pods that fit nowhere are tried again this often even when nothing changed. */
    private static final Duration RETRY = Duration.ofSeconds(30);

    private static final Duration ASSUMPTION_LIFE = Duration.ofSeconds(10);
    private static final Comparator<PodView> NEXT_FIRST = Comparator.comparingInt(PodView::priority)
            .reversed()
            .thenComparing(
                    pod -> pod.object().metadata().path("creationTimestamp").asString(""))
            .thenComparing(PodView::uid);

    private final ClusterImage image = new ClusterImage();
    private final Expectations expectations = new Expectations();
    private final VolumeControl volumes = new VolumeControl(image::node);
    private final DisruptionControl disruptions = new DisruptionControl(image);
    private final EndpointControl endpoints = new EndpointControl(image);
    private final TaintEviction evictions = new TaintEviction(image);
    private final PodPlacer placer = PodPlacer.standard(image::runtimeHandler);
    private final Decisions decisions;
    private final NodeControl nodes;
    private final Set<String> dirty = new LinkedHashSet<>();
    private final Set<String> pending = new LinkedHashSet<>();
    private final Map<String, String> unplaceable = new HashMap<>();
    private final Map<String, Instant> assumedAt = new HashMap<>();
    private Instant lastRetry;
    private int nextNode;
    private boolean caughtUp;

    public Scheduler(Decisions decisions, Instant start) {
        this.decisions = decisions;
        this.nodes = new NodeControl(image, start);
        this.lastRetry = start;
    }

    /** Folds a fact in; nothing is decided before {@link #decide}. */
    public synchronized void replay(ObjectView object, boolean deleted) {
        if (VolumeControl.concerns(object.resource())) {
            passed(object, deleted);
            volumes.replay(object, deleted);
            return;
        }
        if (DisruptionControl.concerns(object.resource())) {
            passed(object, deleted);
            disruptions.replay(object, deleted);
            return;
        }
        if (EndpointControl.concerns(object.resource())) {
            passed(object, deleted);
            endpoints.replay(object, deleted);
            return;
        }
        boolean wasLost = isLost(object);
        image.replay(object, deleted);
        switch (object.resource()) {
            case "runtimeclasses" -> retryUnplaceable();
            case "nodes" -> {
                nodes.replay(object, deleted);
                evictions.replayNode(object, deleted);
                if (wasLost != isLost(object)) {
                    disruptions.replayNode();
                    endpoints.replayNode();
                }
                retryUnplaceable();
            }
            case "pods" -> replayPod(object, deleted);
            default -> {
                dirty.add(object.uid());
                disruptions.replayWorkload(object);
                if (deleted) {
                    expectations.forget(object.uid());
                }
            }
        }
        String owner = object.controllerUid();
        if (owner != null) {
            dirty.add(owner);
        }
    }

    private boolean isLost(ObjectView object) {
        NodeView node = object.resource().equals("nodes") ? image.node(object.name()) : null;
        return node != null && node.lost();
    }

    /** A fact that another control folds in. */
    private void passed(ObjectView object, boolean deleted) {
        image.passed(object.revision());
        if (deleted) {
            expectations.forget(object.uid());
        }
    }

    private void replayPod(ObjectView object, boolean deleted) {
        PodView pod = deleted ? null : image.pod(object.uid());
        PodView seen = pod == null ? PodView.of(object) : pod;
        disruptions.replayPod(seen, deleted);
        endpoints.replayPod(seen, deleted);
        if (deleted) {
            expectations.forget(object.uid());
        }
        volumes.replayPod(object, pod == null || pod.terminal());
        if (pod != null && pod.wantsNode()) {
            if (!image.isAssumed(pod.uid())) {
                pending.add(pod.uid());
            }
            return;
        }
        pending.remove(object.uid());
        unplaceable.remove(object.uid());
        assumedAt.remove(object.uid());
        if (pod == null || !pod.active()) {
            retryUnplaceable();
        }
    }

    /** The log has been replayed to its end: decisions count from now on. */
    public synchronized void caughtUp(Instant now) {
        caughtUp = true;
        endpoints.caughtUp();
        decide(now);
    }

    /** Decides whatever the facts since the last call call for. */
    public synchronized void decide(Instant now) {
        if (!caughtUp) {
            return;
        }
        for (String uid : List.copyOf(dirty)) {
            reconcile(uid, now);
        }
        Predicate<String> settled = uid -> expectations.settled(uid, image.revision(), now);
        BiConsumer<ObjectView, DesiredStateRequest> send = (object, wish) -> ask(object, wish, now);
        volumes.decide(settled, send);
        disruptions.decide(settled, send, now);
        endpoints.decide(settled, send);
        for (String uid : volumes.takePods()) {
            PodView pod = image.pod(uid);
            if (pod != null && pod.wantsNode() && !image.isAssumed(uid)) {
                pending.add(uid);
            }
        }
        List<PodView> waiting = new ArrayList<>();
        for (String uid : pending) {
            PodView pod = image.pod(uid);
            if (pod != null) {
                waiting.add(pod);
            }
        }
        pending.clear();
        if (!waiting.isEmpty()) {
            PlacementRound round = placer.round(image.nodes(), nextNode);
            waiting.stream().sorted(NEXT_FIRST).forEach(pod -> place(pod, round, now));
            decisions.placed();
            nextNode = round.end();
        }
    }

    /** A second or so has passed. */
    public synchronized void tick(Instant now) {
        if (!caughtUp) {
            return;
        }
        for (String uid : List.copyOf(assumedAt.keySet())) {
            if (Duration.between(assumedAt.getOrDefault(uid, now), now).compareTo(ASSUMPTION_LIFE) > 0) {
                refused(uid);
            }
        }
        if (Duration.between(lastRetry, now).compareTo(RETRY) > 0) {
            lastRetry = now;
            retryUnplaceable();
        }
        for (ObjectView workload : image.workloads()) {
            if (!expectations.failure(workload.uid()).isEmpty() || inProgress(workload)) {
                dirty.add(workload.uid());
            }
        }
        Predicate<String> settled = uid -> expectations.settled(uid, image.revision(), now);
        BiConsumer<ObjectView, DesiredStateRequest> send = (object, wish) -> ask(object, wish, now);
        nodes.decide(settled, wish -> decisions.request(decisions.newId(), wish, TraceContext.newRoot()), send, now);
        disruptions.tick();
        evictions.decide(settled, send, now);
        decide(now);
    }

    public synchronized void heartbeat(String node, Instant now) {
        nodes.heartbeat(node, now);
    }

    /** The writer did not bind a pod as decided. */
    public synchronized void refused(String podUid) {
        assumedAt.remove(podUid);
        image.forget(podUid);
        PodView pod = image.pod(podUid);
        if (pod != null && pod.wantsNode()) {
            pending.add(podUid);
        }
    }

    /** A request was answered; {@code refusal} is empty unless it was refused for good. */
    public synchronized void answered(String requestId, long revision, String refusal, Instant now) {
        String owner = expectations.answered(requestId, revision, refusal, now);
        if (owner != null) {
            dirty.add(owner);
            decide(now);
        }
    }

    private void reconcile(String uid, Instant now) {
        ObjectView workload = image.workload(uid);
        if (workload == null) {
            dirty.remove(uid);
            return;
        }
        if (!expectations.settled(uid, image.revision(), now)) {
            return; // comes again with its answers, or with time
        }
        dirty.remove(uid);
        List<DesiredStateRequest> wishes = workload.resource().equals("deployments")
                ? DeploymentReconciler.reconcile(workload, rollouts(uid), image.childrenRevision(uid), now)
                : ReplicaSetReconciler.reconcile(
                        workload, image.podsOf(uid), image.childrenRevision(uid), expectations.failure(uid), now);
        wishes.forEach(wish -> ask(workload, wish, now));
    }

    private void ask(ObjectView about, DesiredStateRequest wish, Instant now) {
        String id = decisions.newId();
        expectations.sent(id, about.uid(), now);
        decisions.request(id, wish, about.trace());
    }

    private List<Rollout> rollouts(String deploymentUid) {
        return image.childrenOf(deploymentUid).stream()
                .map(child -> new Rollout(child, image.podsOf(child.uid()).size()))
                .toList();
    }

    private void place(PodView pod, PlacementRound round, Instant now) {
        VolumeNeeds needs = volumes.needs(pod).orElse(null);
        Verdict verdict =
                switch (needs) {
                    case null -> round.place(pod);
                    case VolumeNeeds.Underway() -> null;
                    case VolumeNeeds.Impossible(String why) ->
                        new Verdict.Unplaceable(
                                0, "0/" + image.nodes().size() + " nodes are available: " + why + ".", List.of());
                    case VolumeNeeds.OfNode(NodeFilter filter, var _) -> round.place(pod, filter);
                };
        if (verdict == null) {
            unplaceable.putIfAbsent(pod.uid(), ""); // comes again with its claims, or with time
            return;
        }
        switch (verdict) {
            case Verdict.Placed placed
            when needs instanceof VolumeNeeds.OfNode(var _, List<ObjectView> unbound) && !unbound.isEmpty() ->
                select(pod, unbound, placed.node(), now);
            case Verdict.Placed placed -> {
                NodeView node = placed.node();
                image.assume(pod, node.name());
                assumedAt.put(pod.uid(), now);
                unplaceable.remove(pod.uid());
                decisions.bound(decision(pod, placed), pod.object().trace());
            }
            case Verdict.Unplaceable none -> {
                if (!none.message().equals(unplaceable.put(pod.uid(), none.message()))) {
                    decisions.unschedulable(decision(pod, none), pod.object().trace());
                }
            }
        }
    }

    /** The pod waits until volumes on the node are its claims'. */
    private void select(PodView pod, List<ObjectView> unbound, NodeView node, Instant now) {
        unplaceable.putIfAbsent(pod.uid(), "");
        for (ObjectView claim : unbound) {
            if (expectations.settled(claim.uid(), image.revision(), now)) {
                ask(claim, VolumeControl.select(claim, node), now);
            }
        }
    }

    private PodBound decision(PodView pod, Verdict.Placed placed) {
        return PodBound.newBuilder()
                .setPodUid(pod.uid())
                .setNamespace(pod.object().namespace())
                .setName(pod.object().name())
                .setNodeName(placed.node().name())
                .setNodeUid(placed.node().uid())
                .setImageRevision(image.revision())
                .setEvaluatedNodes(placed.evaluatedNodes())
                .setFeasibleNodes(placed.feasibleNodes())
                .setScores(placed.scores())
                .setRejected(placed.rejected())
                .build();
    }

    private PodUnschedulable decision(PodView pod, Verdict.Unplaceable none) {
        return PodUnschedulable.newBuilder()
                .setPodUid(pod.uid())
                .setNamespace(pod.object().namespace())
                .setName(pod.object().name())
                .setImageRevision(image.revision())
                .setEvaluatedNodes(none.evaluatedNodes())
                .setMessage(none.message())
                .setRejected(none.rejected())
                .build();
    }

    private void retryUnplaceable() {
        pending.addAll(unplaceable.keySet());
    }

    /** Time alone may change its status: availability after minReadySeconds, the progress deadline. */
    private static boolean inProgress(ObjectView workload) {
        int wanted = workload.spec().path("replicas").asInt(1);
        return workload.status().path("availableReplicas").asInt(0) != wanted;
    }
}
