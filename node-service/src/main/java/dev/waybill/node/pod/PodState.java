package dev.waybill.node.pod;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a pod has reached on this node; with its manifest and the clock it decides what comes next. Immutable.
 *
 * @param deadlinePassedAt when it was ended for having run for as long as it may; null otherwise
 * @param ending why the node ended it for good, or will not run it; null otherwise
 * @param gone the API no longer knows the pod: what is left of it goes at once
 */
public record PodState(
        Sandbox sandbox,
        String podIp,
        String sandboxMessage,
        @Nullable Instant sandboxRetryAt,
        Instant startTime,
        boolean gone,
        boolean terminated,
        Map<String, ContainerState> containers,
        Map<String, ImageState> images,
        @Nullable Instant deadlinePassedAt,
        @Nullable Ending ending) {

    /** Why the node ended the pod, or does not run it: Kubernetes' reason and message. */
    public record Ending(String reason, String message) {}

    /** Where the pod's namespaces, control group and network stand. */
    public enum Sandbox {
        NONE,
        CREATING,
        READY,
        REMOVING,
        REMOVED
    }

    /** A pod that was just assigned. */
    public static PodState fresh(PodSpec pod, Instant now) {
        Map<String, ContainerState> containers = new LinkedHashMap<>();
        Map<String, ImageState> images = new LinkedHashMap<>();
        String first = pod.initContainers().isEmpty() ? ContainerState.CREATING : ContainerState.POD_INITIALIZING;
        pod.allContainers().forEach(container -> {
            containers.put(container.name(), ContainerState.fresh(container.name(), first));
            images.put(container.image(), ImageState.wanted(container.image()));
        });
        return new PodState(Sandbox.NONE, "", "", null, now, false, false, containers, images, null, null);
    }

    public ContainerState container(String name) {
        return containers.getOrDefault(name, ContainerState.fresh(name, ContainerState.CREATING));
    }

    public ImageState image(String reference) {
        return images.getOrDefault(reference, ImageState.wanted(reference));
    }

    PodState with(ContainerState container) {
        Map<String, ContainerState> changed = new LinkedHashMap<>(containers);
        changed.put(container.name(), container);
        return new PodState(
                sandbox,
                podIp,
                sandboxMessage,
                sandboxRetryAt,
                startTime,
                gone,
                terminated,
                changed,
                images,
                deadlinePassedAt,
                ending);
    }

    PodState with(ImageState image) {
        Map<String, ImageState> changed = new LinkedHashMap<>(images);
        changed.put(image.reference(), image);
        return new PodState(
                sandbox,
                podIp,
                sandboxMessage,
                sandboxRetryAt,
                startTime,
                gone,
                terminated,
                containers,
                changed,
                deadlinePassedAt,
                ending);
    }

    PodState with(Sandbox newSandbox, String ip, String message, @Nullable Instant retryAt) {
        return new PodState(
                newSandbox,
                ip,
                message,
                retryAt,
                startTime,
                gone,
                terminated,
                containers,
                images,
                deadlinePassedAt,
                ending);
    }

    PodState withGone() {
        return new PodState(
                sandbox,
                podIp,
                sandboxMessage,
                sandboxRetryAt,
                startTime,
                true,
                terminated,
                containers,
                images,
                deadlinePassedAt,
                ending);
    }

    PodState withTerminated() {
        return new PodState(
                sandbox,
                podIp,
                sandboxMessage,
                sandboxRetryAt,
                startTime,
                gone,
                true,
                containers,
                images,
                deadlinePassedAt,
                ending);
    }

    PodState withDeadlinePassed(Instant at) {
        return new PodState(
                sandbox,
                podIp,
                sandboxMessage,
                sandboxRetryAt,
                startTime,
                gone,
                terminated,
                containers,
                images,
                at,
                ending);
    }

    /** Refused; nothing of it has run. */
    PodState refused(Ending why) {
        return new PodState(
                Sandbox.NONE, "", "", null, startTime, gone, terminated, containers, images, deadlinePassedAt, why);
    }

    /** Ended while it ran; the first reason stays. */
    PodState ended(Ending why) {
        return new PodState(
                sandbox,
                podIp,
                sandboxMessage,
                sandboxRetryAt,
                startTime,
                gone,
                terminated,
                containers,
                images,
                deadlinePassedAt,
                ending == null ? why : ending);
    }

    /** Whether it ends for good whatever its containers do. */
    boolean overForGood() {
        return deadlinePassedAt != null || ending != null;
    }

    boolean anyLive() {
        return containers.values().stream().anyMatch(ContainerState::live);
    }
}
