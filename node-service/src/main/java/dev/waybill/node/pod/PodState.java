package dev.waybill.node.pod;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a pod has reached on this node; with its manifest and the clock it decides what comes next. On the disk its parts
 * lie side by side. Immutable.
 */
public record PodState(
        @JsonUnwrapped SandboxState sandboxState,
        Instant startTime,
        Map<String, ContainerState> containers,
        Map<String, ImageState> images,
        @JsonUnwrapped Ends ends) {

    /** Where the pod's namespaces, control group and network stand. */
    public enum Sandbox {
        NONE,
        CREATING,
        READY,
        REMOVING,
        REMOVED
    }

    /**
     * How far the sandbox is.
     *
     * @param podIp empty until it has one
     * @param message why it could not be made, or removed
     */
    public record SandboxState(
            @JsonProperty("sandbox") Sandbox phase,
            String podIp,
            @JsonProperty("sandboxMessage") String message,
            @JsonProperty("sandboxRetryAt") @Nullable Instant retryAt) {
        static final SandboxState NONE = new SandboxState(Sandbox.NONE, "", "", null);
    }

    /** Why the node ended the pod, or does not run it: Kubernetes' reason and message. */
    public record Ending(String reason, String message) {}

    /**
     * What brings the pod to its end whatever its containers do, and whether it is there.
     *
     * @param gone the API no longer knows the pod: what is left of it goes at once
     * @param terminated the API was told that nothing of it runs
     * @param deadlinePassedAt when it was ended for having run for as long as it may; null otherwise
     * @param ending why the node ended it for good, or will not run it; null otherwise
     */
    public record Ends(
            boolean gone,
            boolean terminated,
            @Nullable Instant deadlinePassedAt,
            @Nullable Ending ending) {
        static final Ends NONE = new Ends(false, false, null, null);
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
        return new PodState(SandboxState.NONE, now, containers, images, Ends.NONE);
    }

    public Sandbox sandbox() {
        return sandboxState.phase();
    }

    public String podIp() {
        return sandboxState.podIp();
    }

    public String sandboxMessage() {
        return sandboxState.message();
    }

    @Nullable
    Instant sandboxRetryAt() {
        return sandboxState.retryAt();
    }

    public boolean gone() {
        return ends.gone();
    }

    public boolean terminated() {
        return ends.terminated();
    }

    @Nullable
    Instant deadlinePassedAt() {
        return ends.deadlinePassedAt();
    }

    public @Nullable Ending ending() {
        return ends.ending();
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
        return new PodState(sandboxState, startTime, changed, images, ends);
    }

    PodState with(ImageState image) {
        Map<String, ImageState> changed = new LinkedHashMap<>(images);
        changed.put(image.reference(), image);
        return new PodState(sandboxState, startTime, containers, changed, ends);
    }

    PodState with(Sandbox phase, String ip, String message, @Nullable Instant retryAt) {
        return with(new SandboxState(phase, ip, message, retryAt));
    }

    private PodState with(SandboxState sandbox) {
        return new PodState(sandbox, startTime, containers, images, ends);
    }

    private PodState with(Ends newEnds) {
        return new PodState(sandboxState, startTime, containers, images, newEnds);
    }

    PodState withGone() {
        return with(new Ends(true, terminated(), deadlinePassedAt(), ending()));
    }

    PodState withTerminated() {
        return with(new Ends(gone(), true, deadlinePassedAt(), ending()));
    }

    PodState withDeadlinePassed(Instant at) {
        return with(new Ends(gone(), terminated(), at, ending()));
    }

    /** Refused; nothing of it has run. */
    PodState refused(Ending why) {
        return with(SandboxState.NONE).with(new Ends(gone(), terminated(), deadlinePassedAt(), why));
    }

    /** Ended while it ran; the first reason stays. */
    PodState ended(Ending why) {
        return ending() == null ? with(new Ends(gone(), terminated(), deadlinePassedAt(), why)) : this;
    }

    /** Whether it ends for good whatever its containers do. */
    boolean overForGood() {
        return deadlinePassedAt() != null || ending() != null;
    }

    boolean anyLive() {
        return containers.values().stream().anyMatch(ContainerState::live);
    }
}
