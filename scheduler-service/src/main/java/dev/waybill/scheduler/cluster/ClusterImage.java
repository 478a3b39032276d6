package dev.waybill.scheduler.cluster;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The cluster as the scheduler sees it: nodes with their load, pods, workloads and whose child is whose. Every change
 * costs what it touches, never a scan. Confined to the scheduler's thread.
 */
public final class ClusterImage {
    private final Map<String, NodeView> nodes = new LinkedHashMap<>();
    private final NodeView.Alike alike = new NodeView.Alike();
    /** The same in a list, for whoever begins in the middle; null after a node came or went. */
    private @Nullable List<NodeView> nodeList;

    private final Map<String, PodView> pods = new HashMap<>();
    private final Map<String, ObjectView> workloads = new HashMap<>();
    private final Map<String, Map<String, ObjectView>> children = new HashMap<>();
    private final Map<String, Long> childrenRevision = new HashMap<>();
    private final Map<String, String> runtimeHandlers = new HashMap<>();
    private final Map<String, String> assumed = new HashMap<>();
    private long revision;

    /** Folds one fact in. */
    public void replay(ObjectView object, boolean deleted) {
        revision = object.revision();
        switch (object.resource()) {
            case "nodes" -> node(object, deleted);
            case "pods" -> pod(object, deleted);
            case "runtimeclasses" -> runtimeClass(object, deleted);
            default -> workload(object, deleted);
        }
        String owner = object.controllerUid();
        if (owner != null) {
            child(owner, object, deleted);
        }
    }

    /** Something else of the log has been folded in, by whoever it concerns. */
    public void passed(long objectRevision) {
        revision = objectRevision;
    }

    public long revision() {
        return revision;
    }

    public List<NodeView> nodes() {
        List<NodeView> known = nodeList;
        if (known == null) {
            known = List.copyOf(nodes.values());
            nodeList = known;
        }
        return known;
    }

    public @Nullable NodeView node(String name) {
        return nodes.get(name);
    }

    public @Nullable PodView pod(String uid) {
        return pods.get(uid);
    }

    /**
     * Whether a pod is ready as far as anybody can tell: what it said last counts for nothing while its node is not
     * ready (Kubernetes then writes it into the pods).
     */
    public boolean ready(PodView pod) {
        NodeView node = nodes.get(pod.nodeName());
        return pod.ready() && (node == null || !node.lost());
    }

    public Collection<PodView> pods() {
        return pods.values();
    }

    /** The deployment or replica set with a UID, or null. */
    public @Nullable ObjectView workload(String uid) {
        return workloads.get(uid);
    }

    public Collection<ObjectView> workloads() {
        return workloads.values();
    }

    /** The children of an owner. */
    public List<ObjectView> childrenOf(String ownerUid) {
        return new ArrayList<>(children.getOrDefault(ownerUid, Map.of()).values());
    }

    /** The latest revision of any child of an owner, removed ones included; 0 when it never had one. */
    public long childrenRevision(String ownerUid) {
        return childrenRevision.getOrDefault(ownerUid, 0L);
    }

    /** Counts a pod on a node until the writer has spoken. */
    public void assume(PodView pod, String nodeName) {
        NodeView node = nodes.get(nodeName);
        if (node != null) {
            node.add(pod);
            assumed.put(pod.uid(), nodeName);
        }
    }

    /** Takes an assumption back. */
    public void forget(String podUid) {
        String nodeName = assumed.remove(podUid);
        NodeView node = nodeName == null ? null : nodes.get(nodeName);
        if (node != null) {
            node.remove(podUid);
        }
    }

    public boolean isAssumed(String podUid) {
        return assumed.containsKey(podUid);
    }

    private void node(ObjectView object, boolean deleted) {
        if (deleted) {
            nodes.remove(object.name());
            nodeList = null;
            return;
        }
        NodeView known = nodes.get(object.name());
        if (known != null && known.uid().equals(object.uid())) {
            known.update(object);
            return;
        }
        NodeView fresh = new NodeView(object, alike);
        nodes.put(object.name(), fresh);
        nodeList = null;
        pods.values().stream()
                .filter(pod -> pod.nodeName().equals(object.name()) && !pod.terminal())
                .forEach(fresh::add);
    }

    private void pod(ObjectView object, boolean deleted) {
        PodView pod = PodView.of(object);
        if (deleted || !pod.nodeName().isEmpty()) {
            forget(pod.uid());
        }
        NodeView node = nodes.get(pod.nodeName());
        if (node != null) {
            node.remove(pod.uid());
        }
        if (deleted) {
            pods.remove(pod.uid());
            return;
        }
        pods.put(pod.uid(), pod);
        if (node != null && !pod.terminal()) {
            node.add(pod);
        }
    }

    private void workload(ObjectView object, boolean deleted) {
        if (deleted) {
            workloads.remove(object.uid());
            children.remove(object.uid());
            childrenRevision.remove(object.uid());
        } else {
            workloads.put(object.uid(), object);
        }
    }

    private void runtimeClass(ObjectView object, boolean deleted) {
        if (deleted) {
            runtimeHandlers.remove(object.name());
        } else {
            runtimeHandlers.put(object.name(), object.json().path("handler").asString(""));
        }
    }

    /** The handler of a RuntimeClass; of the class without a name the one without. */
    public Optional<String> runtimeHandler(String runtimeClass) {
        return runtimeClass.isEmpty() ? Optional.of("") : Optional.ofNullable(runtimeHandlers.get(runtimeClass));
    }

    private void child(String owner, ObjectView object, boolean deleted) {
        childrenRevision.merge(owner, object.revision(), Math::max);
        Map<String, ObjectView> siblings = children.computeIfAbsent(owner, uid -> new LinkedHashMap<>());
        if (deleted) {
            siblings.remove(object.uid());
        } else {
            siblings.put(object.uid(), object);
        }
    }

    /** The pod views among an owner's children. */
    public List<PodView> podsOf(String ownerUid) {
        return childrenOf(ownerUid).stream()
                .map(child -> pods.get(child.uid()))
                .filter(Objects::nonNull)
                .toList();
    }
}
