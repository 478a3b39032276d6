package dev.waybill.node.pod;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Asks for the images of a pod, and again while no answer comes; meanwhile the node's own disk may have one. Pure. */
final class ImageRequests {
    private static final Duration ASK_AGAIN = Duration.ofSeconds(10);
    private static final Duration ASK_LOCALLY = Duration.ofSeconds(2);

    private ImageRequests() {}

    static PodState decide(PodSpec pod, PodState state, Instant now, String requestId, List<PodEffect> effects) {
        PodState next = state;
        for (ContainerSpec container : pod.allContainers().toList()) {
            ImageState image = next.image(container.image());
            switch (image.phase()) {
                case WANTED -> {
                    next = next.with(image.requested(requestId, now));
                    effects.add(new PodEffect.RequestImage(container, requestId));
                }
                case FAILED -> {
                    if (!now.isBefore(image.retryAt())) {
                        next = next.with(image.requested(requestId, now));
                        effects.add(new PodEffect.RequestImage(container, requestId));
                    }
                }
                case REQUESTED -> next = next.with(waitForImage(container, image, now, effects));
                case READY -> {}
            }
        }
        return next;
    }

    private static ImageState waitForImage(
            ContainerSpec container, ImageState image, Instant now, List<PodEffect> effects) {
        if (passed(image.askedAt(), ASK_AGAIN, now)) {
            effects.add(new PodEffect.RequestImage(container, image.requestId()));
            return image.askedAgain(now);
        }
        if (!image.localAsked()
                && container.pullPolicy() != ContainerSpec.PullPolicy.ALWAYS
                && passed(image.at(), ASK_LOCALLY, now)) {
            effects.add(new PodEffect.UseLocalImage(image.reference()));
            return image.askedLocally();
        }
        return image;
    }

    private static boolean passed(Instant since, Duration duration, Instant now) {
        return !now.isBefore(since.plus(duration));
    }
}
