package dev.waybill.scheduler.kafka;

import dev.waybill.events.ResourceChanged;
import dev.waybill.runtime.LogTail;
import dev.waybill.runtime.ReceivedEvent;
import dev.waybill.scheduler.Scheduler;
import dev.waybill.scheduler.cluster.ObjectView;
import java.time.Instant;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Folds the resource log into the scheduler and lets it decide at the end of each batch. Runs on the tail's thread. */
final class ResourceLogListener implements LogTail.Listener {
    /** By group and plural name: what the scheduler looks at. */
    private static final Set<String> OF_INTEREST = Set.of(
            "/nodes",
            "/pods",
            "/persistentvolumeclaims",
            "/persistentvolumes",
            "storage.k8s.io/storageclasses",
            "apps/replicasets",
            "apps/deployments");

    private final Scheduler scheduler;

    ResourceLogListener(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    @Override
    public void onEvent(ReceivedEvent received) {
        if (received.event() instanceof ResourceChanged changed
                && OF_INTEREST.contains(changed.getGroup() + "/" + changed.getResource())) {
            scheduler.replay(
                    new ObjectView(
                            changed.getResource(),
                            changed.getNamespace(),
                            changed.getName(),
                            changed.getUid(),
                            changed.getRevision(),
                            changed.getGeneration(),
                            tree(changed.getObject()),
                            received.trace()),
                    changed.getDeleted());
        }
    }

    /** Who set which field is half of a pod's tree, and nothing that the scheduler asks. */
    private static JsonNode tree(String object) {
        JsonNode tree = JsonMapper.shared().readTree(object);
        if (tree.get("metadata") instanceof ObjectNode metadata) {
            metadata.remove("managedFields");
        }
        return tree;
    }

    @Override
    public void onCaughtUp() {
        scheduler.caughtUp(Instant.now());
    }

    @Override
    public void onBatchEnd() {
        scheduler.decide(Instant.now());
    }
}
