package dev.waybill.gateway.events;

import dev.waybill.events.objects.ObjectTree;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.rbac.Subject;
import dev.waybill.gateway.state.ResourceDelta;
import dev.waybill.gateway.state.ResourceDelta.Change;
import dev.waybill.gateway.state.StoredObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What changes of pods, replica sets and nodes mean, in the words of Kubernetes' controllers. Pure. */
final class ObjectEvents {
    /** Who acts for the controllers of workloads: what others change is not their doing. */
    private static final String CONTROLLERS = Subject.SCHEDULER;

    /** How the status of a pod begins that its node refused. */
    private static final String REJECTED = "Pod was rejected: ";

    private static final String NODE_CONTROLLER = "node-controller";

    private static final ObjectTree POD = ObjectTree.only(
            List.of("metadata.ownerReferences", "status.containerStatuses", "status.message", "status.reason"));

    private ObjectEvents() {}

    static List<EventDraft> of(ResourceDelta delta) {
        return switch (delta.key().resource()) {
            case "pods" -> pod(delta);
            case "replicasets" -> replicaSet(delta);
            case "nodes" -> node(delta);
            case "persistentvolumeclaims" -> ClaimEvents.of(delta);
            default -> List.of();
        };
    }

    private static List<EventDraft> pod(ResourceDelta delta) {
        List<EventDraft> drafts = new ArrayList<>();
        StoredObject pod = delta.object();
        StoredObject before = delta.previous();
        ObjectNode now = pod.part(POD);
        String node = pod.nodeName();
        if (delta.change() == Change.ADDED && delta.user().equals(CONTROLLERS)) {
            ofController(pod, "ReplicaSet", "SuccessfulCreate", "Created pod: " + pod.name(), drafts);
        }
        if (delta.change() != Change.DELETED
                && before != null
                && !node.isEmpty()
                && before.nodeName().isEmpty()) {
            drafts.add(EventDraft.normal(
                    Involved.of(pod),
                    "Scheduled",
                    "Successfully assigned " + pod.namespace() + "/" + pod.name() + " to " + node,
                    SchedulingEvents.SCHEDULER,
                    ""));
        }
        String refusal = refusal(now);
        if (!refusal.isEmpty() && (before == null || !refusal.equals(refusal(before.part(POD))))) {
            String reason = Json.text(now, "status", "reason");
            drafts.add(EventDraft.warning(Involved.of(pod), reason, refusal, ContainerEvents.KUBELET, node));
        }
        if (evicted(now) && before != null && !evicted(before.part(POD))) {
            drafts.add(EventDraft.warning(
                    Involved.of(pod), "Evicted", Json.text(now, "status", "message"), ContainerEvents.KUBELET, node));
        }
        boolean ends = (delta.change() == Change.DELETED || pod.deleting()) && before != null && !before.deleting();
        if (ends && delta.user().equals(CONTROLLERS)) {
            ofController(pod, "ReplicaSet", "SuccessfulDelete", "Deleted pod: " + pod.name(), drafts);
        }
        if (ends && !node.isEmpty()) {
            for (ObjectNode status : Json.objects(now.path("status").path("containerStatuses"))) {
                if (status.path("state").has("running")) {
                    String container = Json.text(status, "name");
                    drafts.add(EventDraft.normal(
                            Involved.of(pod).container(container),
                            "Killing",
                            "Stopping container " + container,
                            ContainerEvents.KUBELET,
                            node));
                }
            }
        }
        return drafts;
    }

    /** Why the node will not run the pod; empty when it does. */
    private static String refusal(ObjectNode pod) {
        String message = Json.text(pod, "status", "message");
        return message.startsWith(REJECTED) ? message.substring(REJECTED.length()) : "";
    }

    private static boolean evicted(ObjectNode pod) {
        return Json.text(pod, "status", "reason").equals("Evicted");
    }

    private static void ofController(
            StoredObject child, String kind, String reason, String message, List<EventDraft> drafts) {
        for (JsonNode owner : child.json().path("metadata").path("ownerReferences")) {
            if (owner.path("controller").asBoolean(false)
                    && Json.text(owner, "kind").equals(kind)) {
                drafts.add(EventDraft.normal(
                        Involved.owner(owner, child.namespace()),
                        reason,
                        message,
                        kind.equals("ReplicaSet") ? "replicaset-controller" : "deployment-controller",
                        ""));
            }
        }
    }

    private static List<EventDraft> replicaSet(ResourceDelta delta) {
        if (delta.change() == Change.DELETED || !delta.user().equals(CONTROLLERS)) {
            return List.of();
        }
        List<EventDraft> drafts = new ArrayList<>();
        StoredObject before = delta.previous();
        long from = before == null ? 0 : replicas(before);
        long to = replicas(delta.object());
        if (from != to) {
            ofController(
                    delta.object(),
                    "Deployment",
                    "ScalingReplicaSet",
                    "Scaled " + (to > from ? "up" : "down") + " replica set "
                            + delta.object().name() + " from " + from + " to " + to,
                    drafts);
        }
        String failure = failure(delta.object());
        if (!failure.isEmpty() && (before == null || !failure.equals(failure(before)))) {
            drafts.add(EventDraft.warning(
                    Involved.of(delta.object()),
                    "FailedCreate",
                    "Error creating: " + failure,
                    "replicaset-controller",
                    ""));
        }
        return drafts;
    }

    /** Why a replica set's pods are refused; empty when they are not. */
    private static String failure(StoredObject set) {
        for (JsonNode condition : set.json().path("status").path("conditions")) {
            if (Json.text(condition, "type").equals("ReplicaFailure")
                    && Json.text(condition, "status").equals("True")) {
                return Json.text(condition, "message");
            }
        }
        return "";
    }

    private static List<EventDraft> node(ResourceDelta delta) {
        if (delta.change() == Change.DELETED) {
            return List.of();
        }
        StoredObject node = delta.object();
        StoredObject before = delta.previous();
        List<EventDraft> drafts = new ArrayList<>();
        if (before == null) {
            drafts.add(EventDraft.normal(
                    Involved.of(node),
                    "RegisteredNode",
                    "Node " + node.name() + " event: Registered Node " + node.name() + " in Controller",
                    NODE_CONTROLLER,
                    ""));
        }
        boolean isReady = ready(node);
        boolean wasReady = before != null && ready(before);
        if (isReady && !wasReady) {
            drafts.add(ofAgent(node, "NodeReady"));
        } else if (wasReady && !isReady) {
            drafts.add(EventDraft.normal(
                    Involved.of(node), "NodeNotReady", status(node, "NodeNotReady"), NODE_CONTROLLER, ""));
        }
        if (cordoned(node) != cordoned(before)) {
            drafts.add(ofAgent(node, cordoned(node) ? "NodeNotSchedulable" : "NodeSchedulable"));
        }
        return drafts;
    }

    private static EventDraft ofAgent(StoredObject node, String reason) {
        return EventDraft.normal(Involved.of(node), reason, status(node, reason), ContainerEvents.KUBELET, node.name());
    }

    private static String status(StoredObject node, String is) {
        return "Node " + node.name() + " status is now: " + is;
    }

    private static boolean cordoned(@Nullable StoredObject node) {
        return node != null && node.json().path("spec").path("unschedulable").asBoolean(false);
    }

    private static long replicas(StoredObject set) {
        return Json.number(set.json().path("spec"), "replicas", 1);
    }

    private static boolean ready(StoredObject node) {
        for (JsonNode condition : node.json().path("status").path("conditions")) {
            if (Json.text(condition, "type").equals("Ready")) {
                return Json.text(condition, "status").equals("True");
            }
        }
        return false;
    }
}
