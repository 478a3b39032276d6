package dev.waybill.scheduler.kafka;

import dev.waybill.events.ResourceChanged;
import dev.waybill.events.objects.ObjectTree;
import dev.waybill.runtime.LogTail;
import dev.waybill.runtime.ReceivedEvent;
import dev.waybill.scheduler.Scheduler;
import dev.waybill.scheduler.cluster.ObjectView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
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
            "node.k8s.io/runtimeclasses",
            "policy/poddisruptionbudgets",
            "/services",
            "/endpoints",
            "discovery.k8s.io/endpointslices",
            "/replicationcontrollers",
            "apps/statefulsets",
            "apps/replicasets",
            "apps/deployments");

    private static final String OWNERSHIP = "metadata.managedFields";

    /** Every pod and node of the cluster is kept as a tree: without what the scheduler never asks. */
    private static final ObjectTree ANY = ObjectTree.without(List.of(OWNERSHIP));

    private static final ObjectTree NODE = ObjectTree.without(List.of(
            OWNERSHIP,
            "status.addresses",
            "status.capacity",
            "status.conditions.lastHeartbeatTime",
            "status.conditions.lastTransitionTime",
            "status.conditions.message",
            "status.conditions.reason",
            "status.daemonEndpoints",
            "status.images",
            "status.nodeInfo",
            "status.volumesAttached",
            "status.volumesInUse"));

    private static final ObjectTree POD = ObjectTree.without(unaskedOfPods());

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

    private static List<String> unaskedOfPods() {
        List<String> paths = new ArrayList<>(List.of(
                OWNERSHIP,
                "spec.ephemeralContainers",
                "status.containerStatuses",
                "status.initContainerStatuses",
                "status.ephemeralContainerStatuses"));
        for (String field : List.of(
                "args",
                "command",
                "env",
                "envFrom",
                "image",
                "imagePullPolicy",
                "lifecycle",
                "livenessProbe",
                "readinessProbe",
                "securityContext",
                "startupProbe",
                "terminationMessagePath",
                "terminationMessagePolicy",
                "volumeMounts")) {
            paths.add("spec.containers." + field);
            paths.add("spec.initContainers." + field);
        }
        return paths;
    }

    private static JsonNode tree(ResourceChanged changed) {
        return switch (changed.getGroup() + "/" + changed.getResource()) {
            case "/pods" -> pod(changed.getObject());
            case "/nodes" -> NODE.read(changed.getObject());
            default -> ANY.read(changed.getObject());
        };
    }

    private static JsonNode pod(String text) {
        ObjectNode pod = POD.read(text);
        if (pod.path("spec").get("volumes") instanceof ArrayNode volumes) {
            volumes.removeIf(volume -> !volume.has("persistentVolumeClaim"));
        }
        return pod;
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
