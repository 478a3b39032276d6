package dev.waybill.scheduler.kafka;

import dev.waybill.events.ResourceChanged;
import dev.waybill.runtime.LogTail;
import dev.waybill.runtime.ReceivedEvent;
import dev.waybill.scheduler.Scheduler;
import dev.waybill.scheduler.cluster.ObjectView;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
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
            "policy/poddisruptionbudgets",
            "/services",
            "/endpoints",
            "discovery.k8s.io/endpointslices",
            "/replicationcontrollers",
            "apps/statefulsets",
            "apps/replicasets",
            "apps/deployments");

    private static final List<String> OF_A_CONTAINER = List.of("ports", "resources", "restartPolicy");
    private static final List<String> REPORTED =
            List.of("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses");

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
                            tree(changed),
                            received.trace()),
                    changed.getDeleted());
        }
    }

    /** The object without what the scheduler never asks, since every pod and node of the cluster is kept as a tree. */
    private static JsonNode tree(ResourceChanged changed) {
        JsonNode tree = JsonMapper.shared().readTree(changed.getObject());
        if (tree.get("metadata") instanceof ObjectNode metadata) {
            metadata.remove("managedFields");
        }
        if (changed.getResource().equals("pods")) {
            for (String containers : List.of("containers", "initContainers")) {
                for (JsonNode container : tree.path("spec").path(containers)) {
                    ((ObjectNode) container).retain(OF_A_CONTAINER);
                }
            }
            if (tree.path("spec").get("volumes") instanceof ArrayNode volumes) {
                volumes.removeIf(volume -> !volume.has("persistentVolumeClaim"));
            }
            if (tree.get("status") instanceof ObjectNode status) {
                status.remove(REPORTED);
            }
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
