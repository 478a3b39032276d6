package dev.waybill.scheduler.nodelife;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.PatchType;
import dev.waybill.events.RequestOperation;
import dev.waybill.scheduler.cluster.ObjectView;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The change of a node's Ready condition that a judgement calls for. Pure. */
public final class NodeReadiness {
    private NodeReadiness() {}

    public static DesiredStateRequest request(ObjectView node, boolean alive, Instant now) {
        String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
        ObjectNode patch = JsonMapper.shared().createObjectNode();
        patch.putObject("status")
                .putArray("conditions")
                .addObject()
                .put("type", "Ready")
                .put("status", alive ? "True" : "Unknown")
                .put("reason", alive ? "KubeletReady" : "NodeStatusUnknown")
                .put("message", alive ? "the node agent posts heartbeats" : "Kubelet stopped posting node status.")
                .put("lastHeartbeatTime", time)
                .put("lastTransitionTime", time);
        return DesiredStateRequest.newBuilder()
                .setOperation(RequestOperation.PATCH)
                .setGroup("")
                .setVersion("v1")
                .setResource("nodes")
                .setSubresource("status")
                .setName(node.name())
                .setPatchType(PatchType.STRATEGIC_MERGE)
                .setPreconditionUid(node.uid())
                .setManifest(patch.toString())
                .build();
    }
}
