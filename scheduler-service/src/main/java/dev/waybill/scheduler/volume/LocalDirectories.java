package dev.waybill.scheduler.volume;

import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.cluster.ObjectView;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Volumes that are directories of one node: the class's provisioner is {@link #PROVISIONER}, and the node says in an
 * annotation where it keeps them. Pure.
 */
final class LocalDirectories {
    static final String PROVISIONER = "waybill.dev/local-directory";
    static final String PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";
    /** On a Node: the directory of its volumes. On a volume: the node that has it. */
    private static final String DIRECTORY = "waybill.dev/local-volumes";

    private static final String ON = "waybill.dev/node";
    private static final String HOSTNAME = "kubernetes.io/hostname";

    private LocalDirectories() {}

    static boolean provisions(ObjectView storageClass) {
        return storageClass.json().path("provisioner").asString("").equals(PROVISIONER);
    }

    static boolean provisioned(ObjectView volume) {
        return volume.annotation(PROVISIONED_BY).equals(PROVISIONER);
    }

    static boolean has(NodeView node) {
        return !node.object().annotation(DIRECTORY).isEmpty();
    }

    /** The volume that is made for a claim on a node. */
    static ObjectNode volume(ObjectView claim, ObjectView storageClass, NodeView node) {
        String name = "pvc-" + claim.uid();
        ObjectNode volume = VolumeWishes.tree();
        volume.put("apiVersion", "v1").put("kind", "PersistentVolume");
        volume.putObject("metadata")
                .put("name", name)
                .putObject("annotations")
                .put(PROVISIONED_BY, PROVISIONER)
                .put(ON, node.name());
        ObjectNode spec = volume.putObject("spec");
        JsonNode wanted = claim.spec();
        spec.putObject("capacity")
                .set("storage", wanted.path("resources").path("requests").path("storage"));
        spec.set("accessModes", wanted.path("accessModes").deepCopy());
        spec.put(
                        "persistentVolumeReclaimPolicy",
                        storageClass.json().path("reclaimPolicy").asString("Delete"))
                .put("storageClassName", storageClass.name())
                .put("volumeMode", "Filesystem");
        spec.set("claimRef", reference(claim));
        spec.putObject("local").put("path", node.object().annotation(DIRECTORY) + "/" + name);
        spec.putObject("nodeAffinity")
                .putObject("required")
                .putArray("nodeSelectorTerms")
                .addObject()
                .putArray("matchExpressions")
                .addObject()
                .put("key", HOSTNAME)
                .put("operator", "In")
                .putArray("values")
                .add(node.labels().getOrDefault(HOSTNAME, node.name()));
        return volume;
    }

    static ObjectNode reference(ObjectView claim) {
        return VolumeWishes.tree()
                .put("apiVersion", "v1")
                .put("kind", "PersistentVolumeClaim")
                .put("namespace", claim.namespace())
                .put("name", claim.name())
                .put("uid", claim.uid());
    }
}
