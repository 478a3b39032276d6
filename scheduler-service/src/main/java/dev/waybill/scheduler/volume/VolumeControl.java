package dev.waybill.scheduler.volume;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.scheduler.cluster.NodeView;
import dev.waybill.scheduler.cluster.ObjectView;
import dev.waybill.scheduler.cluster.PodView;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Folds facts about volumes in and says which claims and volumes have a step to take. It may forget everything: all of it
 * follows from the log. Confined to the scheduler's thread.
 */
public final class VolumeControl {
    private static final String CLAIM = "claim ";
    private static final String VOLUME = "volume ";

    private final VolumeImage image = new VolumeImage();
    private final Function<String, @Nullable NodeView> nodes;
    private final Set<String> dirty = new LinkedHashSet<>();
    private final Set<String> pods = new HashSet<>();

    public VolumeControl(Function<String, @Nullable NodeView> nodes) {
        this.nodes = nodes;
    }

    public static boolean concerns(String resource) {
        return switch (resource) {
            case "persistentvolumeclaims", "persistentvolumes", "storageclasses" -> true;
            default -> false;
        };
    }

    public void replay(ObjectView object, boolean deleted) {
        switch (object.resource()) {
            case "persistentvolumeclaims" -> {
                image.claim(object, deleted);
                touch(object);
            }
            case "persistentvolumes" -> {
                image.volume(object, deleted);
                dirty.add(VOLUME + object.name());
                String claim = VolumeImage.claimKey(object);
                if (claim.isEmpty()) {
                    // Any claim may have waited for it.
                    image.claims().forEach(this::touchUnbound);
                } else {
                    dirty.add(CLAIM + claim);
                    pods.addAll(image.usersOf(claim));
                }
            }
            default -> {
                image.storageClass(object, deleted);
                image.claims().forEach(this::touchUnbound);
            }
        }
    }

    private void touchUnbound(ObjectView claim) {
        if (!claim.status().path("phase").asString("").equals("Bound")) {
            dirty.add(CLAIM + VolumeImage.key(claim));
            pods.addAll(image.usersOf(VolumeImage.key(claim)));
        }
    }

    private void touch(ObjectView claim) {
        String key = VolumeImage.key(claim);
        dirty.add(CLAIM + key);
        pods.addAll(image.usersOf(key));
        String named = claim.spec().path("volumeName").asString("");
        ObjectView meant = image.volumeFor(claim);
        if (!named.isEmpty()) {
            dirty.add(VOLUME + named);
        }
        if (meant != null) {
            dirty.add(VOLUME + meant.name());
        }
    }

    /** A pod came, changed or went. */
    public void replayPod(ObjectView pod, boolean ended) {
        List<String> before = image.claimsOf(pod.uid());
        image.pod(pod, ended);
        if (ended) {
            before.forEach(claim -> dirty.add(CLAIM + claim));
        }
    }

    /** The pods whose claims changed since the last call. */
    public Set<String> takePods() {
        Set<String> taken = Set.copyOf(pods);
        pods.clear();
        return taken;
    }

    /** Sends each object's next step; one whose last step is not answered yet comes again. */
    public void decide(Predicate<String> settled, BiConsumer<ObjectView, DesiredStateRequest> send) {
        for (String each : List.copyOf(dirty)) {
            ObjectView object = object(each);
            if (object == null) {
                dirty.remove(each);
            } else if (settled.test(object.uid())) {
                dirty.remove(each);
                Optional<DesiredStateRequest> step = each.startsWith(CLAIM)
                        ? ClaimReconciler.reconcile(object, image, nodes)
                        : VolumeReconciler.reconcile(object, image);
                step.ifPresent(request -> {
                    dirty.add(each);
                    send.accept(object, request);
                });
            }
        }
    }

    private @Nullable ObjectView object(String each) {
        return each.startsWith(CLAIM)
                ? image.claim(each.substring(CLAIM.length()))
                : image.volume(each.substring(VOLUME.length()));
    }

    /** What the pod's claims ask of a node; empty for a pod without claims. */
    public Optional<VolumeNeeds> needs(PodView pod) {
        return image.claimsOf(pod.uid()).isEmpty() ? Optional.empty() : Optional.of(VolumeNeeds.of(pod, image, nodes));
    }

    /** The request that tells a claim on which node its first consumer will run. */
    public static DesiredStateRequest select(ObjectView claim, NodeView node) {
        ObjectNode patch = VolumeWishes.tree();
        patch.putObject("metadata").putObject("annotations").put(ClaimReconciler.SELECTED_NODE, node.name());
        return VolumeWishes.patch(claim, "", patch);
    }
}
