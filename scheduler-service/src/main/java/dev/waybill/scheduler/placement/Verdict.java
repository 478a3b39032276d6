package dev.waybill.scheduler.placement;

import dev.waybill.events.NodeScore;
import dev.waybill.events.RejectedNodes;
import dev.waybill.scheduler.cluster.NodeView;
import java.util.List;

/** What came of looking for a node. Immutable. */
public sealed interface Verdict {
    int evaluatedNodes();

    List<RejectedNodes> rejected();

    /** A node was found. */
    record Placed(
            NodeView node, int evaluatedNodes, int feasibleNodes, List<NodeScore> scores, List<RejectedNodes> rejected)
            implements Verdict {}

    /** No node fits; the message is the one that the pod's condition shows. */
    record Unplaceable(int evaluatedNodes, String message, List<RejectedNodes> rejected) implements Verdict {}
}
