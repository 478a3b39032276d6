package dev.waybill.scheduler.placement.score;

import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.cluster.PodView;
import dev.waybill.scheduler.placement.NodeScorer;

/** Fewer pods of the same owner on the node are better, so that losing a node loses few of them. */
public final class OwnerSpreadScore implements NodeScorer {
    @Override
    public String name() {
        return "OwnerSpread";
    }

    @Override
    public long score(PodView pod, NodeView node) {
        String owner = pod.object().controllerUid();
        if (owner == null) {
            return 100;
        }
        int siblings = 0;
        for (PodView other : node.pods()) {
            siblings += owner.equals(other.object().controllerUid()) ? 1 : 0;
        }
        return 100 / (1 + siblings);
    }
}
