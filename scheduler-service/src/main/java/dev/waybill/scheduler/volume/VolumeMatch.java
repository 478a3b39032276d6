package dev.waybill.scheduler.volume;

import dev.waybill.events.objects.LabelSelector;
import dev.waybill.events.objects.Quantity;
import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.cluster.ObjectView;
import dev.waybill.scheduler.placement.filter.NodeAffinityFilter;
import java.util.Comparator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Which volume suits a claim: the smallest that is free and large enough. Pure. */
final class VolumeMatch {
    private VolumeMatch() {}

    /** @param node where the volume must be usable; null for anywhere */
    static Optional<ObjectView> best(ObjectView claim, VolumeImage image, @Nullable NodeView node) {
        return image.volumes().stream()
                .filter(volume -> suits(claim, volume) && (node == null || usable(volume, node)))
                .min(Comparator.comparing(VolumeMatch::capacity));
    }

    /** Whether pods on the node can use the volume. */
    static boolean usable(ObjectView volume, NodeView node) {
        JsonNode terms = volume.spec().path("nodeAffinity").path("required").path("nodeSelectorTerms");
        return terms.isEmpty() || NodeAffinityFilter.matches(terms, node);
    }

    static Quantity requested(ObjectView claim) {
        return amount(claim.spec().path("resources").path("requests").path("storage"));
    }

    private static boolean suits(ObjectView claim, ObjectView volume) {
        JsonNode spec = volume.spec();
        return !volume.deleting()
                && !spec.path("claimRef").isObject()
                && volume.status().path("phase").asString("").equals("Available")
                && spec.path("storageClassName")
                        .asString("")
                        .equals(claim.spec().path("storageClassName").asString(""))
                && mode(spec).equals(mode(claim.spec()))
                && capacity(volume).compareTo(requested(claim)) >= 0
                && accessible(claim, volume)
                && selected(claim, volume);
    }

    private static boolean accessible(ObjectView claim, ObjectView volume) {
        return claim.spec()
                .path("accessModes")
                .valueStream()
                .allMatch(wanted ->
                        volume.spec().path("accessModes").valueStream().anyMatch(wanted::equals));
    }

    private static boolean selected(ObjectView claim, ObjectView volume) {
        JsonNode selector = claim.spec().path("selector");
        return selector.isEmpty() || LabelSelector.of(selector).matches(volume.labels());
    }

    private static String mode(JsonNode spec) {
        return spec.path("volumeMode").asString("Filesystem");
    }

    private static Quantity capacity(ObjectView volume) {
        return amount(volume.spec().path("capacity").path("storage"));
    }

    private static Quantity amount(JsonNode amount) {
        return Quantity.tryParse(amount.asString("")).orElse(Quantity.ZERO);
    }
}
