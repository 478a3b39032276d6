package dev.waybill.scheduler.nodelife;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.PatchType;
import dev.waybill.events.RequestOperation;
import dev.waybill.scheduler.cluster.ObjectView;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The taints that follow from a node's condition: not ready, unreachable, cordoned
 * (k8s.io/kubernetes/pkg/controller/nodelifecycle). Pure.
 */
public final class NodeTaints {
    private static final String PREFIX = "node.kubernetes.io/";
    private static final Mark NOT_READY = new Mark("not-ready", "NoSchedule");
    private static final Mark NOT_READY_ENDS = new Mark("not-ready", "NoExecute");
    private static final Mark UNREACHABLE = new Mark("unreachable", "NoSchedule");
    private static final Mark UNREACHABLE_ENDS = new Mark("unreachable", "NoExecute");
    private static final Mark CORDONED = new Mark("unschedulable", "NoSchedule");
    private static final Set<Mark> OURS = Set.of(NOT_READY, NOT_READY_ENDS, UNREACHABLE, UNREACHABLE_ENDS, CORDONED);

    private NodeTaints() {}

    private record Mark(String name, String effect) {
        static Mark of(JsonNode taint) {
            String key = taint.path("key").asString("");
            return new Mark(
                    key.startsWith(PREFIX) ? key.substring(PREFIX.length()) : "",
                    taint.path("effect").asString(""));
        }
    }

    /** The change that is due; empty when the taints are what they should be. */
    public static Optional<DesiredStateRequest> reconcile(ObjectView node, Instant now) {
        Set<Mark> due = due(node);
        Set<Mark> missing = new LinkedHashSet<>(due);
        ArrayNode taints = JsonMapper.shared().createArrayNode();
        boolean changed = false;
        for (JsonNode taint : node.spec().path("taints")) {
            Mark mark = Mark.of(taint);
            missing.remove(mark);
            if (OURS.contains(mark) && !due.contains(mark)) {
                changed = true;
            } else {
                taints.add(taint);
            }
        }
        for (Mark mark : missing) {
            taints.addObject()
                    .put("key", PREFIX + mark.name())
                    .put("effect", mark.effect())
                    .put("timeAdded", now.truncatedTo(ChronoUnit.SECONDS).toString());
        }
        return changed || !missing.isEmpty() ? Optional.of(request(node, taints)) : Optional.empty();
    }

    private static Set<Mark> due(ObjectView node) {
        Set<Mark> due = new LinkedHashSet<>();
        switch (node.condition("Ready")) {
            case "False" -> {
                due.add(NOT_READY);
                due.add(NOT_READY_ENDS);
            }
            case "Unknown" -> {
                due.add(UNREACHABLE);
                due.add(UNREACHABLE_ENDS);
            }
            default -> {}
        }
        if (node.spec().path("unschedulable").asBoolean(false)) {
            due.add(CORDONED);
        }
        return due;
    }

    private static DesiredStateRequest request(ObjectView node, ArrayNode taints) {
        ObjectNode patch = JsonMapper.shared().createObjectNode();
        if (taints.isEmpty()) {
            patch.putObject("spec").putNull("taints");
        } else {
            patch.putObject("spec").set("taints", taints);
        }
        return DesiredStateRequest.newBuilder()
                .setOperation(RequestOperation.PATCH)
                .setGroup("")
                .setVersion("v1")
                .setResource("nodes")
                .setName(node.name())
                .setPatchType(PatchType.MERGE)
                .setPreconditionUid(node.uid())
                .setPreconditionResourceVersion(Long.toString(node.revision()))
                .setManifest(patch.toString())
                .build();
    }
}
