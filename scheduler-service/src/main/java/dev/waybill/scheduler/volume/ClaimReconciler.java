package dev.waybill.scheduler.volume;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.cluster.ObjectView;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One claim's next step (the PersistentVolume controller of Kubernetes): a volume is meant for it (claimRef), the claim
 * names the volume, the status says Bound. Each step is a request of its own, so that a repetition or a refusal does no
 * harm. A claim that is deleted stays while pods use it. Pure.
 */
final class ClaimReconciler {
    static final String PROTECTION = "kubernetes.io/pvc-protection";
    static final String SELECTED_NODE = "volume.kubernetes.io/selected-node";
    static final String BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";
    private static final String BIND_COMPLETED = "pv.kubernetes.io/bind-completed";

    private ClaimReconciler() {}

    static Optional<DesiredStateRequest> reconcile(
            ObjectView claim, VolumeImage image, Function<String, @Nullable NodeView> nodes) {
        if (claim.deleting()) {
            boolean free = image.usersOf(VolumeImage.key(claim)).isEmpty();
            return free && VolumeWishes.holds(claim, PROTECTION)
                    ? Optional.of(VolumeWishes.release(claim, PROTECTION))
                    : Optional.empty();
        }
        String named = claim.spec().path("volumeName").asString("");
        if (!named.isEmpty()) {
            return bind(claim, image.volume(named));
        }
        ObjectView meant = image.volumeFor(claim);
        return meant != null ? bind(claim, meant) : find(claim, image, nodes);
    }

    /** Whether a claim waits until a pod that uses it has a node. */
    static boolean waitsForConsumer(@Nullable ObjectView storageClass) {
        return storageClass != null
                && storageClass.json().path("volumeBindingMode").asString("").equals("WaitForFirstConsumer");
    }

    private static Optional<DesiredStateRequest> find(
            ObjectView claim, VolumeImage image, Function<String, @Nullable NodeView> nodes) {
        ObjectView storageClass = image.classOf(claim);
        String selected = claim.annotation(SELECTED_NODE);
        NodeView node = selected.isEmpty() ? null : nodes.apply(selected);
        if (waitsForConsumer(storageClass) && node == null) {
            return Optional.empty();
        }
        Optional<ObjectView> found = VolumeMatch.best(claim, image, node);
        if (found.isPresent()) {
            return Optional.of(refer(found.get(), claim));
        }
        return storageClass != null
                        && node != null
                        && LocalDirectories.provisions(storageClass)
                        && LocalDirectories.has(node)
                ? Optional.of(
                        VolumeWishes.create("persistentvolumes", LocalDirectories.volume(claim, storageClass, node)))
                : Optional.empty();
    }

    private static Optional<DesiredStateRequest> bind(ObjectView claim, @Nullable ObjectView volume) {
        boolean completed = !claim.annotation(BIND_COMPLETED).isEmpty();
        if (volume == null) {
            return phase(claim, completed ? "Lost" : "Pending");
        }
        JsonNode reference = volume.spec().path("claimRef");
        if (!reference.isObject()) {
            return Optional.of(refer(volume, claim));
        }
        if (!VolumeImage.claimKey(volume).equals(VolumeImage.key(claim))) {
            return phase(claim, completed ? "Lost" : "Pending");
        }
        String uid = reference.path("uid").asString("");
        if (uid.isEmpty()) {
            ObjectNode patch = VolumeWishes.tree();
            patch.putObject("spec").set("claimRef", LocalDirectories.reference(claim));
            return Optional.of(VolumeWishes.patch(volume, "", patch));
        }
        if (!uid.equals(claim.uid())) {
            return phase(claim, completed ? "Lost" : "Pending");
        }
        return completed ? bound(claim, volume) : Optional.of(name(claim, volume));
    }

    private static DesiredStateRequest refer(ObjectView volume, ObjectView claim) {
        ObjectNode patch = VolumeWishes.tree();
        patch.putObject("metadata").putObject("annotations").put(BOUND_BY_CONTROLLER, "yes");
        patch.putObject("spec").set("claimRef", LocalDirectories.reference(claim));
        return VolumeWishes.patch(volume, "", patch);
    }

    private static DesiredStateRequest name(ObjectView claim, ObjectView volume) {
        ObjectNode patch = VolumeWishes.tree();
        ObjectNode annotations = patch.putObject("metadata").putObject("annotations");
        annotations.put(BIND_COMPLETED, "yes");
        if (claim.spec().path("volumeName").asString("").isEmpty()) {
            annotations.put(BOUND_BY_CONTROLLER, "yes");
            patch.putObject("spec").put("volumeName", volume.name());
        }
        return VolumeWishes.patch(claim, "", patch);
    }

    private static Optional<DesiredStateRequest> bound(ObjectView claim, ObjectView volume) {
        JsonNode status = claim.status();
        if (status.path("phase").asString("").equals("Bound")
                && status.path("capacity").equals(volume.spec().path("capacity"))) {
            return Optional.empty();
        }
        ObjectNode patch = VolumeWishes.tree();
        ObjectNode next = patch.putObject("status").put("phase", "Bound");
        next.set("accessModes", volume.spec().path("accessModes").deepCopy());
        next.set("capacity", volume.spec().path("capacity").deepCopy());
        return Optional.of(VolumeWishes.patch(claim, "status", patch));
    }

    private static Optional<DesiredStateRequest> phase(ObjectView claim, String phase) {
        if (claim.status().path("phase").asString("").equals(phase)) {
            return Optional.empty();
        }
        ObjectNode patch = VolumeWishes.tree();
        patch.putObject("status").put("phase", phase);
        return Optional.of(VolumeWishes.patch(claim, "status", patch));
    }
}
