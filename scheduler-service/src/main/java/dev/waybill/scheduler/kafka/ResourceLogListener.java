package dev.waybill.scheduler.kafka;

import dev.waybill.events.ResourceChanged;
import dev.waybill.events.catalog.ResourceKeys;
import dev.waybill.events.objects.ObjectTree;
import dev.waybill.runtime.LogTail;
import dev.waybill.runtime.ReceivedEvent;
import dev.waybill.scheduler.Scheduler;
import dev.waybill.scheduler.cluster.ObjectView;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

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

    private static final ObjectTree ANY = ObjectTree.without(List.of("metadata.managedFields"));

    /** Every pod and node of the cluster is kept: what the scheduler asks of them, and of parts that are alike one. */
    private static final ObjectTree POD = ObjectTree.only(List.of(
                    "metadata.creationTimestamp",
                    "metadata.deletionTimestamp",
                    "metadata.labels",
                    "metadata.ownerReferences.controller",
                    "metadata.ownerReferences.uid",
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
                    "spec.containers.ports",
                    "spec.containers.resources",
                    "spec.hostUsers",
                    "spec.hostname",
                    "spec.initContainers.resources",
                    "spec.initContainers.restartPolicy",
                    "spec.nodeName",
                    "spec.nodeSelector",
                    "spec.overhead",
                    "spec.priority",
                    "spec.resources",
                    "spec.runtimeClassName",
                    "spec.schedulingGates",
                    "spec.subdomain",
                    "spec.tolerations",
                    "spec.volumes.persistentVolumeClaim",
                    "status.conditions.lastTransitionTime",
                    "status.conditions.status",
                    "status.conditions.type",
                    "status.phase",
                    "status.podIP"))
            .sharing();

    private static final ObjectTree NODE = ObjectTree.only(List.of(
                    "metadata.annotations",
                    "metadata.deletionTimestamp",
                    "metadata.labels",
                    "spec.taints",
                    "spec.unschedulable",
                    "status.allocatable",
                    "status.conditions.status",
                    "status.conditions.type",
                    "status.runtimeHandlers"))
            .sharing();

    private final Scheduler scheduler;
    private final Runnable openBindings;

    ResourceLogListener(Scheduler scheduler, Runnable openBindings) {
        this.scheduler = scheduler;
        this.openBindings = openBindings;
    }

    @Override
    public boolean concerns(String key) {
        return OF_INTEREST.contains(ResourceKeys.kind(key));
    }

    @Override
    public void onEvent(ReceivedEvent received) {
        if (received.event() instanceof ResourceChanged changed) {
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

    private static JsonNode tree(ResourceChanged changed) {
        return switch (changed.getGroup() + "/" + changed.getResource()) {
            case "/pods" -> POD.read(changed.getObject());
            case "/nodes" -> NODE.read(changed.getObject());
            default -> ANY.read(changed.getObject());
        };
    }

    @Override
    public void onCaughtUp() {
        openBindings.run();
        scheduler.caughtUp(Instant.now());
    }

    @Override
    public void onBatchEnd() {
        scheduler.decide(Instant.now());
    }
}
