package dev.waybill.gateway.state;

import dev.waybill.events.NodeRegistered;
import dev.waybill.events.NodeStatusReported;
import dev.waybill.events.PodStatusReported;
import dev.waybill.events.PodTerminated;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import dev.waybill.gateway.state.ObjectFacts.Special;
import dev.waybill.gateway.state.WriterState.Report;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Folds what nodes say of themselves and their pods. A node speaks for the pods bound to it and for the fields that are
 * its own; reports of an older agent or an older sequence are dropped; a phase that is terminal stays. Stateless.
 */
final class NodeReports {
    private static final List<String> POD_FIELDS = List.of(
            "phase",
            "reason",
            "message",
            "hostIP",
            "hostIPs",
            "podIP",
            "podIPs",
            "startTime",
            "containerStatuses",
            "initContainerStatuses",
            "ephemeralContainerStatuses");
    /** Conditions that others own. */
    private static final Set<String> OTHERS_CONDITIONS = Set.of("PodScheduled", "DisruptionTarget");

    private static final Set<String> PHASES = Set.of("Pending", "Running", "Succeeded", "Failed", "Unknown");

    private NodeReports() {}

    static void podStatus(Draft draft, PodStatusReported event) {
        StoredObject pod = ofNode(draft, event.getNamespace(), event.getName(), event.getPodUid(), event.getNodeName());
        if (pod != null && fresh(draft, event.getNodeName(), pod.uid(), event.getNodeEpoch(), event.getSequence())) {
            fold(draft, pod, event.getStatus());
        }
    }

    static void podTerminated(Draft draft, PodTerminated event) {
        StoredObject pod = ofNode(draft, event.getNamespace(), event.getName(), event.getPodUid(), event.getNodeName());
        if (pod == null || !fresh(draft, event.getNodeName(), pod.uid(), event.getNodeEpoch(), event.getSequence())) {
            return;
        }
        StoredObject folded = fold(draft, pod, event.getStatus());
        if (folded.deleting()) {
            Deletion.terminated(draft, folded);
        }
    }

    static void nodeRegistered(Draft draft, NodeRegistered event) {
        String name = event.getNodeName();
        StoredObject before = node(draft, name);
        if (before != null && event.getNodeEpoch() < epoch(before)) {
            return;
        }
        ObjectNode reported = parse(event.getNode());
        Kind kind = draft.kind("v1", "Node");
        if (before == null) {
            ObjectNode object = Json.object();
            object.put("apiVersion", "v1").put("kind", "Node");
            Json.child(object, "metadata").put("name", name);
            object.set("spec", reported.path("spec").isObject() ? reported.path("spec") : Json.object());
            describe(draft, object, reported, event.getNodeEpoch());
            if (!kind.validate(object, null).isEmpty()) {
                throw new IllegalArgumentException("node " + name + ": "
                        + kind.validate(object, null).getFirst().sentence());
            }
            draft.add(kind, object);
        } else {
            ObjectNode object = before.copy();
            for (String field : List.of("podCIDR", "podCIDRs", "providerID")) {
                if (reported.path("spec").has(field)) {
                    Json.child(object, "spec").set(field, reported.path("spec").get(field));
                }
            }
            describe(draft, object, reported, event.getNodeEpoch());
            draft.replace(before, object);
        }
        Assignments.snapshot(draft, name, event.getNodeEpoch());
    }

    static void nodeStatus(Draft draft, NodeStatusReported event) {
        StoredObject before = node(draft, event.getNodeName());
        if (before == null
                || !fresh(
                        draft,
                        event.getNodeName(),
                        subject(event.getNodeName()),
                        event.getNodeEpoch(),
                        event.getSequence())) {
            return;
        }
        ObjectNode object = before.copy();
        status(object, parse(event.getStatus()));
        draft.replace(before, object);
    }

    /** Labels, annotations and status as the agent says; the node is ready, since its agent just spoke. */
    private static void describe(Draft draft, ObjectNode object, ObjectNode reported, long epoch) {
        ObjectNode metadata = Json.child(object, "metadata");
        for (String field : List.of("labels", "annotations")) {
            if (reported.path("metadata").get(field) instanceof ObjectNode given) {
                Json.child(metadata, field).setAll(given);
            }
        }
        Json.child(metadata, "labels").put("kubernetes.io/hostname", hostname(metadata));
        Json.child(metadata, "annotations").put(ObjectFacts.EPOCH_ANNOTATION, String.valueOf(epoch));
        if (reported.get("status") instanceof ObjectNode given) {
            status(object, given);
        }
        ObjectNode ready = Conditions.find(object, "Ready");
        Conditions.set(
                object, "Ready", "True", "KubeletReady", "the node agent is posting ready status", draft.timestamp());
        ObjectNode after = Conditions.find(object, "Ready");
        if (ready == null && after != null) {
            after.put("lastHeartbeatTime", draft.timestamp());
        }
    }

    private static String hostname(ObjectNode metadata) {
        String given = Json.text(metadata.path("labels"), "kubernetes.io/hostname");
        return given.isEmpty() ? Json.text(metadata, "name") : given;
    }

    /** Everything but Ready, which the node's life cycle decides once the node is registered. */
    private static void status(ObjectNode object, ObjectNode reported) {
        ObjectNode status = Json.child(object, "status");
        ObjectNode ready = Conditions.find(object, "Ready");
        ArrayNode conditions = Json.array();
        if (ready != null) {
            conditions.add(ready);
        }
        for (ObjectNode condition : Json.objects(reported.path("conditions"))) {
            if (!Json.text(condition, "type").equals("Ready")) {
                conditions.add(condition);
            }
        }
        reported.properties().forEach(entry -> {
            if (!entry.getKey().equals("conditions")) {
                status.set(entry.getKey(), entry.getValue());
            }
        });
        status.set("conditions", conditions);
    }

    private static StoredObject fold(Draft draft, StoredObject pod, String text) {
        ObjectNode reported = parse(text);
        Special.Pod facts = pod.pod();
        String phase = Json.text(reported, "phase");
        if (!phase.isEmpty() && !PHASES.contains(phase)) {
            throw new IllegalArgumentException("status.phase: Unsupported value: \"" + phase + "\"");
        }
        boolean leavesTheEnd =
                facts != null && facts.terminal() && !phase.equals(Json.text(pod.json(), "status", "phase"));
        if (leavesTheEnd) {
            return pod;
        }
        ObjectNode object = pod.copy();
        ObjectNode status = Json.child(object, "status");
        for (String field : POD_FIELDS) {
            JsonNode value = reported.get(field);
            if (value == null || value.isNull()) {
                if (!field.equals("phase")) {
                    status.remove(field);
                }
            } else {
                status.set(field, value);
            }
        }
        ArrayNode conditions = Json.array();
        for (ObjectNode condition : Json.objects(status.path("conditions"))) {
            if (OTHERS_CONDITIONS.contains(Json.text(condition, "type"))) {
                conditions.add(condition);
            }
        }
        for (ObjectNode condition : Json.objects(reported.path("conditions"))) {
            if (!OTHERS_CONDITIONS.contains(Json.text(condition, "type"))) {
                conditions.add(condition);
            }
        }
        status.set("conditions", conditions);
        return draft.replace(pod, object);
    }

    private static @Nullable StoredObject ofNode(
            Draft draft, String namespace, String name, String uid, String nodeName) {
        StoredObject pod = draft.pod(namespace, name, uid);
        return pod != null && pod.pod() != null && pod.pod().nodeName().equals(nodeName) ? pod : null;
    }

    /** Under what a node's reports of itself are remembered. */
    static String subject(String nodeName) {
        return "node/" + nodeName;
    }

    private static boolean fresh(Draft draft, String nodeName, String subject, long epoch, long sequence) {
        StoredObject node = node(draft, nodeName);
        if (node != null && epoch < epoch(node)) {
            return false;
        }
        Report report = new Report(epoch, sequence);
        Report last = draft.state().reports().get(subject);
        if (last != null && !report.newerThan(last)) {
            return false;
        }
        draft.update(draft.state().withReport(subject, report));
        return true;
    }

    private static long epoch(StoredObject node) {
        return node.facts().special() instanceof Special.Node special ? special.epoch() : 0;
    }

    private static @Nullable StoredObject node(Draft draft, String name) {
        return draft.get(new ResourceKey("", "nodes", "", name));
    }

    private static ObjectNode parse(String text) {
        if (Json.parse(text) instanceof ObjectNode object) {
            return object;
        }
        throw new IllegalArgumentException("the status is not a JSON object");
    }
}
