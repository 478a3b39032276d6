package dev.waybill.gateway.events;

import dev.waybill.events.ContainerBackOff;
import dev.waybill.events.ContainerCreated;
import dev.waybill.events.ContainerHookFailed;
import dev.waybill.events.ContainerOomKilled;
import dev.waybill.events.ContainerProbeFailed;
import dev.waybill.events.ContainerRef;
import dev.waybill.events.ContainerResourcesRefused;
import dev.waybill.events.ContainerResourcesUpdated;
import dev.waybill.events.ContainerStarted;
import dev.waybill.events.PodSandboxFailed;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;

/** The life of pods' sandboxes and containers in the kubelet's words. Pure. */
final class ContainerEvents {
    static final String KUBELET = "kubelet";

    private ContainerEvents() {}

    static List<EventDraft> of(SpecificRecord fact) {
        return switch (fact) {
            case PodSandboxFailed failed ->
                List.of(EventDraft.warning(
                        Involved.pod(failed.getNamespace(), failed.getPodName(), failed.getPodUid()),
                        "FailedCreatePodSandBox",
                        "Failed to create pod sandbox: " + failed.getMessage(),
                        KUBELET,
                        failed.getNodeName()));
            case ContainerCreated created -> {
                ContainerRef container = created.getContainer();
                yield normal(container, "Created", "Created container: " + container.getContainerName());
            }
            case ContainerStarted started -> {
                ContainerRef container = started.getContainer();
                yield normal(container, "Started", "Started container " + container.getContainerName());
            }
            case ContainerBackOff pause -> {
                ContainerRef container = pause.getContainer();
                yield warning(
                        container,
                        "BackOff",
                        "Back-off restarting failed container " + container.getContainerName() + " in pod "
                                + container.getPodName() + "_" + container.getNamespace() + "("
                                + container.getPodUid() + ")");
            }
            case ContainerOomKilled killed -> {
                ContainerRef container = killed.getContainer();
                yield warning(
                        container,
                        "OOMKilling",
                        "Container " + container.getContainerName()
                                + " ran into its memory limit of " + killed.getMemoryLimitBytes()
                                + " bytes: the kernel killed a process");
            }
            case ContainerProbeFailed failed ->
                warning(
                        failed.getContainer(),
                        "Unhealthy",
                        capital(failed.getProbe()) + " probe failed: " + failed.getMessage());
            case ContainerHookFailed failed ->
                warning(
                        failed.getContainer(),
                        "Failed" + failed.getHook() + "Hook",
                        failed.getHook() + "Hook failed: " + failed.getMessage());
            case ContainerResourcesUpdated updated ->
                normal(
                        updated.getContainer(),
                        "ResizeCompleted",
                        "Container " + updated.getContainer().getContainerName() + " has its new resources");
            case ContainerResourcesRefused refused ->
                warning(refused.getContainer(), "ResizeError", refused.getMessage());
            default -> List.of();
        };
    }

    private static String capital(String word) {
        return word.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1);
    }

    private static List<EventDraft> normal(ContainerRef container, String reason, String message) {
        return List.of(
                EventDraft.normal(Involved.container(container), reason, message, KUBELET, container.getNodeName()));
    }

    private static List<EventDraft> warning(ContainerRef container, String reason, String message) {
        return List.of(
                EventDraft.warning(Involved.container(container), reason, message, KUBELET, container.getNodeName()));
    }
}
