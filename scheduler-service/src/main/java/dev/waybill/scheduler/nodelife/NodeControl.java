package dev.waybill.scheduler.nodelife;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.scheduler.cluster.ClusterImage;
import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.cluster.ObjectView;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Says which nodes live, by their heartbeats, and gives them the taints that follow. One thread at a time. */
public final class NodeControl {
    private final ClusterImage image;
    private final NodeLifecycle lives;
    /** Nodes that have changed since their taints were found to be what they should. */
    private final Set<String> changed = new LinkedHashSet<>();

    /** @param start from when silence counts */
    public NodeControl(ClusterImage image, Instant start) {
        this.image = image;
        this.lives = new NodeLifecycle(start);
    }

    /** A node is in the image as it is now. */
    public void replay(ObjectView node, boolean deleted) {
        if (deleted) {
            changed.remove(node.name());
        } else {
            changed.add(node.name());
        }
    }

    public void heartbeat(String node, Instant now) {
        lives.heartbeat(node, now);
    }

    /**
     * Decides what is due.
     *
     * @param settled whether what was asked of an object, by its UID, has been answered
     * @param judged takes judgements, which are repeated while they hold
     * @param send takes changes of taints
     */
    public void decide(
            Predicate<String> settled,
            Consumer<DesiredStateRequest> judged,
            BiConsumer<ObjectView, DesiredStateRequest> send,
            Instant now) {
        Set<String> turned = judge(judged, now);
        for (String name : List.copyOf(changed)) {
            NodeView node = image.node(name);
            // Taints follow from what its object says, and that of a node just judged is about to change.
            if (node != null && !turned.contains(name) && settled.test(node.uid())) {
                NodeTaints.reconcile(node.object(), now)
                        .ifPresentOrElse(wish -> send.accept(node.object(), wish), () -> changed.remove(name));
            }
        }
    }

    private Set<String> judge(Consumer<DesiredStateRequest> judged, Instant now) {
        Map<String, String> ready = new HashMap<>();
        image.nodes().forEach(node -> ready.put(node.name(), node.object().condition("Ready")));
        lives.keep(new HashSet<>(ready.keySet()));
        Set<String> turned = new HashSet<>();
        for (NodeLifecycle.Judgement judgement : lives.judge(ready, now)) {
            NodeView node = image.node(judgement.node());
            if (node != null) {
                turned.add(node.name());
                judged.accept(NodeReadiness.request(node.object(), judgement.alive(), now));
            }
        }
        return turned;
    }
}
