package dev.waybill.gateway.state;

import dev.waybill.events.BindRefused;
import dev.waybill.events.PodBound;
import dev.waybill.events.PodUnschedulable;
import dev.waybill.events.catalog.Topics;
import dev.waybill.gateway.kinds.FieldError;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.state.ObjectFacts.Special;
import dev.waybill.gateway.state.ObjectFacts.Taint;
import dev.waybill.gateway.state.ObjectFacts.Use;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashPMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Checks every scheduling decision again, against the state that only the writer knows exactly. Stateless. */
final class Bindings {
    private static final Taint CORDONED = new Taint("node.kubernetes.io/unschedulable", "", "NoSchedule");

    private Bindings() {}

    /** Whether a pod may go to a node; reason and message are empty when it may. */
    record Verdict(String reason, String message) {
        static final Verdict ACCEPTED = new Verdict("", "");

        boolean accepted() {
            return reason.isEmpty();
        }
    }

    static void bound(Draft draft, PodBound decision) {
        StoredObject pod = draft.pod(decision.getNamespace(), decision.getName(), decision.getPodUid());
        if (pod != null && pod.pod() != null && pod.pod().nodeName().equals(decision.getNodeName())) {
            return;
        }
        Verdict verdict = pod == null
                ? new Verdict("PodGone", "the pod is gone")
                : check(draft.image(), pod, decision.getNodeName(), decision.getNodeUid());
        if (pod != null && verdict.accepted()) {
            bind(draft, pod, decision.getNodeName());
            return;
        }
        draft.emit(
                Topics.SCHEDULING,
                decision.getPodUid(),
                BindRefused.newBuilder()
                        .setPodUid(decision.getPodUid())
                        .setNamespace(decision.getNamespace())
                        .setName(decision.getName())
                        .setNodeName(decision.getNodeName())
                        .setRevision(draft.image().revision())
                        .setReason(verdict.reason())
                        .setMessage(verdict.message())
                        .build());
    }

    static void unschedulable(Draft draft, PodUnschedulable decision) {
        StoredObject pod = draft.pod(decision.getNamespace(), decision.getName(), decision.getPodUid());
        if (pod == null
                || pod.pod() == null
                || !pod.pod().nodeName().isEmpty()
                || pod.pod().gated()) {
            return;
        }
        ObjectNode object = pod.copy();
        Conditions.set(object, "PodScheduled", "False", "Unschedulable", decision.getMessage(), draft.timestamp());
        draft.replace(pod, object);
    }

    /** Everything that must hold at the moment of binding. An empty node uid is not compared. */
    static Verdict check(ResourceImage image, StoredObject pod, String nodeName, String nodeUid) {
        Special.Pod facts = pod.pod();
        if (facts == null) {
            return new Verdict("PodGone", "not a pod");
        }
        if (!facts.nodeName().isEmpty()) {
            return new Verdict(
                    "AlreadyBound", "pod " + pod.name() + " is already assigned to node \"" + facts.nodeName() + "\"");
        }
        if (pod.deleting()) {
            return new Verdict("Deleting", "pod " + pod.name() + " is being deleted, cannot be assigned to a host");
        }
        if (facts.terminal()) {
            return new Verdict("PodGone", "pod " + pod.name() + " has ended");
        }
        if (facts.gated()) {
            return new Verdict("Gated", "pod " + pod.name() + " has non-empty .spec.schedulingGates");
        }
        StoredObject node = image.get(new ResourceKey("", "nodes", "", nodeName));
        if (node != null && !nodeUid.isEmpty() && !node.uid().equals(nodeUid)) {
            return new Verdict("NodeGone", "node " + nodeName + " was replaced by another of its name");
        }
        return fits(image, pod.json(), facts, nodeName);
    }

    /** Whether the node takes the pod and has room for it. */
    static Verdict fits(ResourceImage image, ObjectNode pod, Special.Pod facts, String nodeName) {
        StoredObject node = image.get(new ResourceKey("", "nodes", "", nodeName));
        if (node == null || !(node.facts().special() instanceof Special.Node special) || node.deleting()) {
            return new Verdict("NodeGone", "node \"" + nodeName + "\" does not exist");
        }
        JsonNode tolerations = pod.path("spec").path("tolerations");
        if (special.unschedulable() && !tolerated(CORDONED, tolerations)) {
            return new Verdict("NodeCordoned", "node " + nodeName + " is unschedulable");
        }
        for (Taint taint : special.taints()) {
            if (!taint.effect().equals("PreferNoSchedule") && !tolerated(taint, tolerations)) {
                return new Verdict(
                        "Tainted",
                        "node " + nodeName + " has the untolerated taint {" + taint.key() + ": " + taint.value() + "}");
            }
        }
        ImageIndexes.NodeUse on = image.indexes().node(nodeName);
        String lacking = lacking(special.allocatable(), on.use(), facts.use());
        if (lacking != null) {
            return new Verdict("OutOf" + lacking, "node " + nodeName + " has not enough " + lacking + " left");
        }
        for (String port : facts.hostPorts()) {
            if (taken(on.hostPorts(), port)) {
                return new Verdict("HostPortTaken", "host port " + port + " of node " + nodeName + " is taken");
            }
        }
        return Verdict.ACCEPTED;
    }

    /** Whether the node has room for what one of its pods wants from now on. */
    static Verdict resized(ResourceImage image, String nodeName, Use before, Use after) {
        StoredObject node = image.get(new ResourceKey("", "nodes", "", nodeName));
        if (node == null || !(node.facts().special() instanceof Special.Node special)) {
            return Verdict.ACCEPTED;
        }
        Use others = image.indexes().node(nodeName).use().minus(before);
        Use asked = new Use(
                after.pods(),
                after.cpuMillis() > before.cpuMillis() ? after.cpuMillis() : 0,
                after.memoryBytes() > before.memoryBytes() ? after.memoryBytes() : 0,
                0,
                0);
        String lacking = lacking(special.allocatable(), others, asked);
        return lacking == null
                ? Verdict.ACCEPTED
                : new Verdict("OutOf" + lacking, "node " + nodeName + " has not enough " + lacking + " left");
    }

    static StoredObject bind(Draft draft, StoredObject pod, String nodeName) {
        ObjectNode object = pod.copy();
        Json.child(object, "spec").put("nodeName", nodeName);
        Conditions.set(object, "PodScheduled", "True", "", "", draft.timestamp());
        return draft.replace(pod, object);
    }

    private static @Nullable String lacking(Use allocatable, Use used, Use asked) {
        if (used.pods() + asked.pods() > allocatable.pods()) {
            return "pods";
        }
        if (asked.cpuMillis() > 0 && used.cpuMillis() + asked.cpuMillis() > allocatable.cpuMillis()) {
            return "cpu";
        }
        return asked.memoryBytes() > 0 && used.memoryBytes() + asked.memoryBytes() > allocatable.memoryBytes()
                ? "memory"
                : null;
    }

    /** The same port and protocol collide unless both name different addresses. */
    private static boolean taken(HashPMap<String, Integer> ports, String port) {
        if (ports.isEmpty()) {
            return false;
        }
        int slash = port.lastIndexOf('/');
        String prefix = port.substring(0, slash + 1);
        boolean anywhere = port.endsWith("/0.0.0.0");
        if (!anywhere) {
            return ports.containsKey(port) || ports.containsKey(prefix + "0.0.0.0");
        }
        return ports.keySet().stream().anyMatch(other -> other.startsWith(prefix));
    }

    private static boolean tolerated(Taint taint, JsonNode tolerations) {
        for (JsonNode toleration : tolerations) {
            String effect = Json.text(toleration, "effect");
            String key = Json.text(toleration, "key");
            boolean exists = Json.text(toleration, "operator").equals("Exists");
            boolean matches = (effect.isEmpty() || effect.equals(taint.effect()))
                    && (key.isEmpty() ? exists : key.equals(taint.key()))
                    && (exists || Json.text(toleration, "value").equals(taint.value()));
            if (matches) {
                return true;
            }
        }
        return false;
    }

    /** A binding that a caller asks for; refused where a scheduler's would be. */
    static StoredObject requested(Draft draft, Kind kind, StoredObject pod, ObjectNode binding) {
        String node = Json.text(binding, "target", "name");
        if (node.isEmpty()) {
            throw Refusal.invalid(kind, pod.name(), List.of(FieldError.required("target.name", "")))
                    .asException();
        }
        String uid = Json.text(binding, "metadata", "uid");
        if (!uid.isEmpty() && !uid.equals(pod.uid())) {
            throw Refusal.modified(kind, pod.name()).asException();
        }
        String account = Json.text(binding, "target", "uid");
        Verdict verdict = check(draft.image(), pod, node, account);
        if (!verdict.accepted()) {
            throw new Refusal(
                            409,
                            "Conflict",
                            "Operation cannot be fulfilled on pods/binding \"" + pod.name() + "\": "
                                    + verdict.message(),
                            List.of())
                    .asException();
        }
        return bind(draft, pod, node);
    }
}
