package dev.waybill.scheduler.placement.score;

import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.placement.NodeScorer;
import dev.waybill.scheduler.placement.PodNeeds;

/** Fewer pods of the same owner on the node are better, so that losing a node loses few of them. */
public final class OwnerSpreadScore implements NodeScorer {
    @Override
    public String name() {
        return "OwnerSpread";
    }

    @Override
    public long score(PodNeeds pod, NodeView node) {
        return pod.owner() == null ? 100 : 100 / (1 + node.podsOfOwner(pod.owner()));
    }
}
