package dev.waybill.gateway.events;

import dev.waybill.events.ImagePullFailed;
import dev.waybill.events.ImagePullProgressed;
import dev.waybill.events.ImagePullRequested;
import dev.waybill.events.ImageReady;
import dev.waybill.events.LayerDownloaded;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * Pulls in the kubelet's words. Only the request names the pod, so a bounded number of requests is remembered until
 * they are answered. Not thread-safe.
 */
final class ImageEvents {
    private static final int REMEMBERED_IMAGES = 10_000;

    private final RecentMap<Image, Map<String, Pull>> waiting = new RecentMap<>(REMEMBERED_IMAGES);

    private record Image(String node, String reference) {}

    private record Pull(Involved pod, Image image, boolean always, boolean begun) {
        EventDraft pulling() {
            return normal("Pulling", "Pulling image \"" + image.reference + "\"");
        }

        EventDraft normal(String reason, String message) {
            return EventDraft.normal(pod, reason, message, ContainerEvents.KUBELET, image.node);
        }

        EventDraft warning(String reason, String message) {
            return EventDraft.warning(pod, reason, message, ContainerEvents.KUBELET, image.node);
        }
    }

    List<EventDraft> of(SpecificRecord fact) {
        return switch (fact) {
            case ImagePullRequested asked -> asked(asked);
            case ImagePullProgressed moving -> begun(new Image(moving.getNodeName(), moving.getReference()));
            case LayerDownloaded layer -> begun(new Image(layer.getNodeName(), layer.getReference()));
            case ImageReady ready -> ready(ready);
            case ImagePullFailed failed -> failed(failed);
            default -> List.of();
        };
    }

    private List<EventDraft> asked(ImagePullRequested asked) {
        Image image = new Image(asked.getNodeName(), asked.getReference());
        boolean always = asked.getPullPolicy().equals("Always");
        Pull pull = new Pull(
                Involved.pod(asked.getNamespace(), asked.getPodName(), asked.getPodUid()), image, always, always);
        waiting.computeIfAbsent(image, key -> new LinkedHashMap<>()).put(asked.getRequestId(), pull);
        return always ? List.of(pull.pulling()) : List.of();
    }

    /** Bytes arrive: whoever waits for this image learns that it was not there. */
    private List<EventDraft> begun(Image image) {
        Map<String, Pull> pulls = waiting.get(image);
        if (pulls == null) {
            return List.of();
        }
        List<EventDraft> drafts = new ArrayList<>();
        pulls.replaceAll((request, pull) -> {
            if (pull.begun) {
                return pull;
            }
            drafts.add(pull.pulling());
            return new Pull(pull.pod, pull.image, pull.always, true);
        });
        return drafts;
    }

    private List<EventDraft> ready(ImageReady ready) {
        Image image = new Image(ready.getNodeName(), ready.getReference());
        Pull pull = answered(image, ready.getRequestId());
        if (pull == null) {
            return List.of();
        }
        if (ready.getAlreadyPresent() && !pull.always) {
            return List.of(
                    pull.normal("Pulled", "Container image \"" + image.reference + "\" already present on machine"));
        }
        String took = seconds(ready.getDurationMillis());
        EventDraft pulled = pull.normal(
                "Pulled",
                "Successfully pulled image \"" + image.reference + "\" in " + took + " (" + took
                        + " including waiting). Image size: " + ready.getSizeBytes() + " bytes.");
        return pull.begun ? List.of(pulled) : List.of(pull.pulling(), pulled);
    }

    private List<EventDraft> failed(ImagePullFailed failed) {
        Image image = new Image(failed.getNodeName(), failed.getReference());
        Pull pull = answered(image, failed.getRequestId());
        if (pull == null) {
            return List.of();
        }
        String quoted = "\"" + image.reference + "\"";
        EventDraft what =
                switch (failed.getReason()) {
                    case "ImagePullBackOff" -> pull.normal("BackOff", "Back-off pulling image " + quoted);
                    case "InvalidImageName" ->
                        pull.warning(
                                "InspectFailed",
                                "Failed to apply default image tag " + quoted + ": " + failed.getMessage());
                    case "ErrImageNeverPull" ->
                        pull.warning(
                                "ErrImageNeverPull",
                                "Container image " + quoted + " is not present with pull policy of Never");
                    default -> pull.warning("Failed", "Failed to pull image " + quoted + ": " + failed.getMessage());
                };
        EventDraft error = pull.warning("Failed", "Error: " + failed.getReason());
        boolean tried = what.reason().equals("Failed") && !pull.begun;
        return tried ? List.of(pull.pulling(), what, error) : List.of(what, error);
    }

    private @Nullable Pull answered(Image image, String requestId) {
        Map<String, Pull> pulls = waiting.get(image);
        if (pulls == null) {
            return null;
        }
        Pull pull = pulls.remove(requestId);
        if (pulls.isEmpty()) {
            waiting.remove(image);
        }
        return pull;
    }

    /** As Go prints durations: 85ms, 1.2s, 1m2.5s. */
    static String seconds(long millis) {
        if (millis < 1_000) {
            return millis + "ms";
        }
        String seconds =
                String.format(Locale.ROOT, "%.3f", (millis % 60_000) / 1_000.0).replaceAll("\\.?0+$", "");
        return (millis < 60_000 ? "" : millis / 60_000 + "m") + (seconds.isEmpty() ? "0" : seconds) + "s";
    }
}
