package dev.waybill.scheduler.volume;

import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.cluster.ObjectView;
import dev.waybill.scheduler.cluster.PodView;
import dev.waybill.scheduler.placement.NodeFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a pod's claims ask of its node (the VolumeBinding plugin of Kubernetes' scheduler). Pure. */
public sealed interface VolumeNeeds {
    /** The pod can go nowhere, for a reason that its condition shows. */
    record Impossible(String message) implements VolumeNeeds {}

    /** A volume is being bound or made: the pod is looked at again when that is done. */
    record Underway() implements VolumeNeeds {}

    /**
     * Nodes are feasible that the filter lets pass.
     *
     * @param unbound claims that wait for a node to be chosen
     */
    record OfNode(NodeFilter filter, List<ObjectView> unbound) implements VolumeNeeds {}

    String WRONG_NODE = "node(s) didn't match PersistentVolume's node affinity";
    String NOTHING_THERE = "node(s) didn't find available persistent volumes to bind";

    static VolumeNeeds of(PodView pod, VolumeImage image, Function<String, @Nullable NodeView> nodes) {
        List<ObjectView> volumes = new ArrayList<>();
        List<ObjectView> unbound = new ArrayList<>();
        for (String key : image.claimsOf(pod.uid())) {
            ObjectView claim = image.claim(key);
            String name = "persistentvolumeclaim \"" + key.substring(key.indexOf('/') + 1) + "\"";
            if (claim == null) {
                return new Impossible(name + " not found");
            }
            if (claim.deleting()) {
                return new Impossible(name + " is being deleted");
            }
            String phase = claim.status().path("phase").asString("");
            if (phase.equals("Lost")) {
                return new Impossible(name + " bound to non-existent persistentvolume \""
                        + claim.spec().path("volumeName").asString("") + "\"");
            }
            ObjectView volume = image.volume(claim.spec().path("volumeName").asString(""));
            if (phase.equals("Bound") && volume != null) {
                volumes.add(volume);
            } else if (!ClaimReconciler.waitsForConsumer(image.classOf(claim))) {
                return new Impossible("pod has unbound immediate PersistentVolumeClaims");
            } else if (nodes.apply(claim.annotation(ClaimReconciler.SELECTED_NODE)) != null) {
                return new Underway();
            } else {
                unbound.add(claim);
            }
        }
        return new OfNode((_, node) -> reject(node, volumes, unbound, image), unbound);
    }

    private static Optional<String> reject(
            NodeView node, List<ObjectView> volumes, List<ObjectView> unbound, VolumeImage image) {
        if (!volumes.stream().allMatch(volume -> VolumeMatch.usable(volume, node))) {
            return Optional.of(WRONG_NODE);
        }
        for (ObjectView claim : unbound) {
            ObjectView storageClass = image.classOf(claim);
            boolean made =
                    storageClass != null && LocalDirectories.provisions(storageClass) && LocalDirectories.has(node);
            if (!made && VolumeMatch.best(claim, image, node).isEmpty()) {
                return Optional.of(NOTHING_THERE);
            }
        }
        return Optional.empty();
    }
}
