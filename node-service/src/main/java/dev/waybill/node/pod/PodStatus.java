package dev.waybill.node.pod;

import dev.waybill.node.pod.ContainerState.Phase;
import dev.waybill.node.pod.PodState.Sandbox;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The PodStatus that a node reports, in Kubernetes' words. Pure. */
public final class PodStatus {
    private static final Duration SHOW_PULL_ERROR = Duration.ofSeconds(1);

    /** Reasons that no later try can change. */
    private static final Set<String> NEVER_BACKED_OFF = Set.of("InvalidImageName", "ErrImageNeverPull");

    private PodStatus() {}

    /** The status; {@code previous} keeps the transition times of conditions that did not change. */
    public static ObjectNode of(PodSpec pod, PodState state, String hostIp, @Nullable JsonNode previous, Instant now) {
        ObjectNode status = JsonNodeFactory.instance.objectNode();
        String phase = phase(pod, state);
        status.put("phase", phase);
        if (state.deadlinePassedAt() != null) {
            status.put("reason", "DeadlineExceeded");
            status.put("message", "Pod was active on the node longer than the specified deadline");
        }
        if (state.ending() != null) {
            status.put("reason", state.ending().reason());
            status.put("message", state.ending().message());
        }
        conditions(status.putArray("conditions"), pod, state, phase, previous, now);
        status.put("hostIP", hostIp);
        status.putArray("hostIPs").addObject().put("ip", hostIp);
        String ip = pod.hostNetwork() ? hostIp : state.podIp();
        if (!ip.isEmpty()) {
            status.put("podIP", ip);
            status.putArray("podIPs").addObject().put("ip", ip);
        }
        status.put("startTime", time(state.startTime()));
        if (!pod.initContainers().isEmpty()) {
            containers(status.putArray("initContainerStatuses"), pod.initContainers(), pod, state, now);
        }
        containers(status.putArray("containerStatuses"), pod.containers(), pod, state, now);
        if (!pod.ephemeralContainers().isEmpty()) {
            containers(status.putArray("ephemeralContainerStatuses"), pod.ephemeralContainers(), pod, state, now);
        }
        status.put("qosClass", pod.qosClass().text());
        return status;
    }

    /** Pending, Running, Succeeded or Failed. */
    public static String phase(PodSpec pod, PodState state) {
        if (PodStateMachine.initFailed(pod, state) || state.overForGood()) {
            return "Failed";
        }
        List<ContainerState> mains = pod.containers().stream()
                .map(container -> state.container(container.name()))
                .toList();
        boolean ended = mains.stream().allMatch(container -> container.phase() == Phase.ENDED);
        if (ended) {
            return mains.stream().allMatch(ContainerState::succeeded) ? "Succeeded" : "Failed";
        }
        if ((pod.deleting() || state.gone()) && state.sandbox() == Sandbox.REMOVED) {
            return "Failed";
        }
        boolean allStartedOnce =
                mains.stream().allMatch(container -> container.phase() == Phase.RUNNING || container.last() != null);
        return allStartedOnce ? "Running" : "Pending";
    }

    private static void conditions(
            ArrayNode conditions, PodSpec pod, PodState state, String phase, @Nullable JsonNode previous, Instant now) {
        boolean completed = phase.equals("Succeeded");
        List<String> unready = pod.containers().stream()
                .filter(container -> !ContainerProbing.ready(container, state.container(container.name())))
                .map(ContainerSpec::name)
                .toList();
        List<String> uninitialized = pod.initContainers().stream()
                .filter(container -> container.sidecar()
                        ? !ContainerProbing.started(container, state.container(container.name())) && !completed
                        : !state.container(container.name()).succeeded())
                .map(ContainerSpec::name)
                .toList();
        condition(conditions, "PodReadyToStartContainers", state.sandbox() == Sandbox.READY, "", "", previous, now);
        condition(
                conditions,
                "Initialized",
                uninitialized.isEmpty(),
                uninitialized.isEmpty() ? "" : "ContainersNotInitialized",
                uninitialized.isEmpty() ? "" : "containers with incomplete status: " + list(uninitialized),
                previous,
                now);
        String reason = unready.isEmpty() ? "" : completed ? "PodCompleted" : "ContainersNotReady";
        String message = unready.isEmpty() || completed ? "" : "containers with unready status: " + list(unready);
        condition(conditions, "ContainersReady", unready.isEmpty(), reason, message, previous, now);
        condition(conditions, "Ready", unready.isEmpty(), reason, message, previous, now);
        String refusals = ResourceStatus.refusals(state);
        if (!refusals.isEmpty()) {
            condition(conditions, "PodResizeInProgress", true, "Error", refusals, previous, now);
        }
    }

    private static String list(List<String> names) {
        return "[" + String.join(" ", names) + "]";
    }

    private static void condition(
            ArrayNode conditions,
            String type,
            boolean isTrue,
            String reason,
            String message,
            @Nullable JsonNode previous,
            Instant now) {
        String value = isTrue ? "True" : "False";
        ObjectNode condition = conditions.addObject().put("type", type).put("status", value);
        condition.putNull("lastProbeTime");
        condition.put("lastTransitionTime", transition(type, value, previous, now));
        if (!reason.isEmpty()) {
            condition.put("reason", reason);
        }
        if (!message.isEmpty()) {
            condition.put("message", message);
        }
    }

    private static String transition(String type, String value, @Nullable JsonNode previous, Instant now) {
        if (previous != null) {
            for (JsonNode old : previous.path("conditions")) {
                if (old.path("type").asString("").equals(type)
                        && old.path("status").asString("").equals(value)) {
                    return old.path("lastTransitionTime").asString("");
                }
            }
        }
        return time(now);
    }

    private static void containers(
            ArrayNode statuses, List<ContainerSpec> specs, PodSpec pod, PodState state, Instant now) {
        for (ContainerSpec spec : specs) {
            ContainerState container = state.container(spec.name());
            ImageState image = state.image(spec.image());
            ImageFacts facts = image.facts();
            boolean running = container.phase() == Phase.RUNNING;
            boolean ephemeral = pod.ephemeralContainers().contains(spec);
            boolean init = pod.initContainers().contains(spec) && !spec.sidecar();
            ObjectNode status = statuses.addObject().put("name", spec.name());
            state(status.putObject("state"), container, image, now);
            ObjectNode lastState = status.putObject("lastState");
            if (container.last() != null && container.phase() != Phase.ENDED) {
                terminated(lastState.putObject("terminated"), container.last());
            }
            status.put("ready", init ? container.succeeded() : !ephemeral && ContainerProbing.ready(spec, container));
            status.put("restartCount", container.restarts());
            status.put("image", spec.image());
            status.put(
                    "imageID",
                    facts == null ? "" : facts.repoDigest().isEmpty() ? facts.imageId() : facts.repoDigest());
            String id = container.containerId().isEmpty() && container.last() != null
                    ? container.last().containerId()
                    : container.containerId();
            if (!id.isEmpty()) {
                status.put("containerID", containerId(id));
            }
            if (!ephemeral) {
                status.put("started", ContainerProbing.started(spec, container));
            }
            if (running) {
                status.put("stopSignal", container.stopSignal().name());
            }
            if (running && container.resources() != null) {
                ResourceStatus.write(status, container.resources().inForce().resources());
            }
        }
    }

    private static void state(ObjectNode node, ContainerState container, ImageState image, Instant now) {
        switch (container.phase()) {
            case RUNNING ->
                node.putObject("running")
                        .put("startedAt", time(container.startedAt() == null ? now : container.startedAt()));
            case ENDED -> {
                if (container.last() != null) {
                    terminated(node.putObject("terminated"), container.last());
                }
            }
            case STARTING, WAITING -> waiting(node.putObject("waiting"), container, image, now);
        }
    }

    private static void waiting(ObjectNode node, ContainerState container, ImageState image, Instant now) {
        String reason = container.waitingReason();
        String message = container.waitingMessage();
        boolean pullFailing = !image.reason().isEmpty() && image.facts() == null;
        if (pullFailing) {
            boolean fresh = image.phase() == ImageState.Phase.FAILED
                    && now.isBefore(image.at().plus(SHOW_PULL_ERROR));
            boolean plain = fresh || NEVER_BACKED_OFF.contains(image.reason());
            reason = plain ? image.reason() : "ImagePullBackOff";
            message = plain
                    ? image.message()
                    : "Back-off pulling image \"" + image.reference() + "\": " + image.reason() + ": "
                            + image.message();
        }
        node.put("reason", reason);
        if (!message.isEmpty()) {
            node.put("message", message);
        }
    }

    private static void terminated(ObjectNode node, Termination termination) {
        node.put("exitCode", termination.exitCode()).put("reason", termination.reason());
        if (!termination.message().isEmpty()) {
            node.put("message", termination.message());
        }
        node.put(
                "startedAt",
                time(termination.startedAt() == null ? termination.finishedAt() : termination.startedAt()));
        node.put("finishedAt", time(termination.finishedAt()));
        if (!termination.containerId().isEmpty()) {
            node.put("containerID", containerId(termination.containerId()));
        }
    }

    private static String containerId(String id) {
        return "crun://" + id;
    }

    /** RFC 3339 with whole seconds, as Kubernetes' metav1.Time. */
    private static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
