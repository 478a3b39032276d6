package dev.waybill.node.kafka;

import dev.waybill.events.NodeAssignmentsSnapshot;
import dev.waybill.events.NodeObjectPublished;
import dev.waybill.events.PodAssigned;
import dev.waybill.events.PodUnassigned;
import dev.waybill.node.agent.NodeAgent;
import dev.waybill.node.store.StoredObject;
import dev.waybill.runtime.LogTail;
import dev.waybill.runtime.ReceivedEvent;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a node's assignments off its partition and passes over those of other nodes. What a replay tells counts as a
 * whole, so a pod that was assigned and withdrawn since is never begun. Confined to the tail's thread.
 */
final class AssignmentListener implements LogTail.Listener {
    private static final Logger log = LoggerFactory.getLogger(AssignmentListener.class);
    private static final Pattern OBJECT_KEY = Pattern.compile("objects/([^/]*)/([^/]*)/([^/]*)/(.*)");

    private final NodeAgent agent;
    private final String node;
    private final long epoch;
    private final Runnable onSnapshot;
    private final Map<String, Runnable> replayed = new LinkedHashMap<>();
    private boolean caughtUp;

    /** {@code onSnapshot} is told when the snapshot for this start of the agent has come. */
    AssignmentListener(NodeAgent agent, String node, long epoch, Runnable onSnapshot) {
        this.agent = agent;
        this.node = node;
        this.epoch = epoch;
        this.onSnapshot = onSnapshot;
    }

    @Override
    public void onEvent(ReceivedEvent received) {
        tell(received.key(), () -> event(received));
    }

    @Override
    public void onTombstone(String key, long offset) {
        tell(key, () -> tombstone(key));
    }

    private void tell(String key, Runnable telling) {
        if (!key.startsWith(node + "/")) {
            return;
        }
        if (caughtUp) {
            telling.run();
        } else {
            replayed.put(key, telling);
        }
    }

    /** Objects first, since pods refer to them. */
    @Override
    public void onCaughtUp() {
        caughtUp = true;
        String objects = node + "/objects/";
        replayed.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(objects))
                .forEach(entry -> entry.getValue().run());
        replayed.entrySet().stream()
                .filter(entry -> !entry.getKey().startsWith(objects))
                .forEach(entry -> entry.getValue().run());
        replayed.clear();
    }

    private void event(ReceivedEvent received) {
        switch (received.event()) {
            case PodAssigned assigned -> assigned(received, assigned);
            case PodUnassigned unassigned -> agent.unassigned(unassigned.getPodUid());
            case NodeObjectPublished object ->
                agent.objectPublished(new StoredObject(
                        object.getResource(),
                        object.getNamespace(),
                        object.getName(),
                        object.getExists(),
                        object.getObject()));
            case NodeAssignmentsSnapshot snapshot -> {
                if (snapshot.getNodeEpoch() == epoch) {
                    agent.snapshot(new HashSet<>(snapshot.getPodUids()));
                    onSnapshot.run();
                }
            }
            default ->
                log.warn(
                        "{} on {} is not for a node",
                        received.event().getSchema().getName(),
                        received.position());
        }
    }

    private void assigned(ReceivedEvent received, PodAssigned assigned) {
        try {
            agent.assigned(assigned.getPod(), assigned.getRevision(), received.trace());
        } catch (RuntimeException e) {
            // The writer checked the pod; what this node cannot read must not keep it from its other pods.
            log.error("pod {}/{} cannot be run: {}", assigned.getNamespace(), assigned.getName(), e.toString());
        }
    }

    private void tombstone(String key) {
        String rest = key.substring(node.length() + 1);
        if (rest.startsWith("pods/")) {
            agent.unassigned(rest.substring("pods/".length()));
        }
        Matcher object = OBJECT_KEY.matcher(rest);
        if (object.matches()) {
            agent.objectWithdrawn(object.group(2), object.group(3), object.group(4));
        }
    }
}
