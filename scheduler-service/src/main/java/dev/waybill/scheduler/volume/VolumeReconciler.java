package dev.waybill.scheduler.volume;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.scheduler.cluster.ObjectView;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One volume's next step: Available without a claim, Bound while its claim is there, Released after that; then, by its
 * reclaim policy, it stays or goes. Pure.
 */
final class VolumeReconciler {
    static final String PROTECTION = "kubernetes.io/pv-protection";

    private VolumeReconciler() {}

    static Optional<DesiredStateRequest> reconcile(ObjectView volume, VolumeImage image) {
        JsonNode reference = volume.spec().path("claimRef");
        ObjectView claim = image.claim(VolumeImage.claimKey(volume));
        boolean claimed =
                claim != null && claim.uid().equals(reference.path("uid").asString(""));
        if (volume.deleting()) {
            return !claimed && VolumeWishes.holds(volume, PROTECTION)
                    ? Optional.of(VolumeWishes.release(volume, PROTECTION))
                    : Optional.empty();
        }
        if (reference.path("uid").asString("").isEmpty()) {
            return phase(volume, "Available", "");
        }
        if (claimed) {
            return taken(volume, claim);
        }
        String policy = volume.spec().path("persistentVolumeReclaimPolicy").asString("Retain");
        boolean released = volume.status().path("phase").asString("").equals("Released");
        if (!policy.equals("Retain") && LocalDirectories.provisioned(volume)) {
            return released ? Optional.of(VolumeWishes.delete(volume)) : phase(volume, "Released", "");
        }
        return policy.equals("Retain")
                ? phase(volume, "Released", "")
                : phase(
                        volume,
                        "Failed",
                        "error getting deleter volume plugin for volume \"" + volume.name()
                                + "\": no deletable volume plugin matched");
    }

    private static Optional<DesiredStateRequest> taken(ObjectView volume, @Nullable ObjectView claim) {
        String named = claim == null ? "" : claim.spec().path("volumeName").asString("");
        if (named.equals(volume.name())) {
            return phase(volume, "Bound", "");
        }
        boolean ours = !volume.annotation(ClaimReconciler.BOUND_BY_CONTROLLER).isEmpty();
        if (named.isEmpty() || !ours) {
            return Optional.empty();
        }
        // Its claim took another volume: it is free again.
        ObjectNode patch = VolumeWishes.tree();
        patch.putObject("spec").putNull("claimRef");
        return Optional.of(VolumeWishes.patch(volume, "", patch));
    }

    private static Optional<DesiredStateRequest> phase(ObjectView volume, String phase, String message) {
        if (volume.status().path("phase").asString("").equals(phase)) {
            return Optional.empty();
        }
        ObjectNode patch = VolumeWishes.tree();
        ObjectNode status = patch.putObject("status").put("phase", phase);
        if (message.isEmpty()) {
            status.putNull("message");
        } else {
            status.put("message", message);
        }
        return Optional.of(VolumeWishes.patch(volume, "status", patch));
    }
}
