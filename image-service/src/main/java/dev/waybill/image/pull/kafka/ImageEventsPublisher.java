package dev.waybill.image.pull.kafka;

import dev.waybill.events.ImagePullFailed;
import dev.waybill.events.ImagePullProgressed;
import dev.waybill.events.ImageReady;
import dev.waybill.events.LayerDownloaded;
import dev.waybill.events.LayerUnpacked;
import dev.waybill.events.catalog.Topics;
import dev.waybill.image.fetch.FetchListener;
import dev.waybill.image.pull.ProgressThrottle;
import dev.waybill.image.pull.PullFailure;
import dev.waybill.image.pull.PullRequest;
import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.store.StoredImage;
import dev.waybill.runtime.EventPublisher;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Publishes what becomes of pull requests on waybill.images, each event a child of the request's trace. Thread-safe. */
final class ImageEventsPublisher {

    private static final Logger log = LoggerFactory.getLogger(ImageEventsPublisher.class);

    /** At most two reports a second and layer. */
    private static final Duration PROGRESS_INTERVAL = Duration.ofMillis(500);

    private final EventPublisher publisher;
    private final String nodeName;

    ImageEventsPublisher(EventPublisher publisher, String nodeName) {
        this.publisher = publisher;
        this.nodeName = nodeName;
    }

    /** What the node makes roots of: directories below a store, and the driver that they are for. */
    record Roots(Path store, String driver, List<Path> paths) {}

    void ready(PullRequest request, StoredImage image, Roots roots, boolean alreadyPresent, String repoDigest) {
        publish(
                request,
                ImageReady.newBuilder()
                        .setNodeName(nodeName)
                        .setRequestId(request.id())
                        .setReference(request.reference())
                        .setImageId(image.id().toString())
                        .setRepoDigest(repoDigest)
                        .setLayers(image.layers().stream().map(Digest::toString).toList())
                        .setLayerPaths(
                                roots.paths().stream().map(Path::toString).toList())
                        .setSizeBytes(image.contentBytes())
                        .setConfig(image.config())
                        .setStorePath(roots.store().toString())
                        .setDriver(roots.driver())
                        .setAlreadyPresent(alreadyPresent)
                        .setDurationMillis(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - request.sinceNanos()))
                        .build());
    }

    void failed(PullRequest request, PullFailure failure) {
        log.warn("image {}: {}: {}", request.reference(), failure.reason(), failure.message());
        publish(
                request,
                ImagePullFailed.newBuilder()
                        .setNodeName(nodeName)
                        .setRequestId(request.id())
                        .setReference(request.reference())
                        .setReason(failure.reason())
                        .setMessage(failure.message())
                        .setRetryable(failure.retryable())
                        .build());
    }

    /** Reports the layers of a pull in the name of the request that started it. */
    FetchListener layersOf(PullRequest request) {
        ProgressThrottle throttle = new ProgressThrottle(PROGRESS_INTERVAL);
        return new FetchListener() {
            @Override
            public void progressed(Descriptor layer, long doneBytes) {
                if (throttle.admits(layer.digest().hex(), System.nanoTime())) {
                    publish(
                            request,
                            ImagePullProgressed.newBuilder()
                                    .setNodeName(nodeName)
                                    .setReference(request.reference())
                                    .setDigest(layer.digest().toString())
                                    .setDoneBytes(doneBytes)
                                    .setTotalBytes(layer.sizeBytes())
                                    .build());
                }
            }

            @Override
            public void downloaded(Descriptor layer, Duration took) {
                publish(
                        request,
                        LayerDownloaded.newBuilder()
                                .setNodeName(nodeName)
                                .setReference(request.reference())
                                .setDigest(layer.digest().toString())
                                .setSizeBytes(layer.sizeBytes())
                                .setDurationMillis(took.toMillis())
                                .build());
            }

            @Override
            public void unpacked(Descriptor layer, Digest diffId, long contentBytes, long entries, Duration took) {
                publish(
                        request,
                        LayerUnpacked.newBuilder()
                                .setNodeName(nodeName)
                                .setReference(request.reference())
                                .setDigest(layer.digest().toString())
                                .setDiffId(diffId.toString())
                                .setUnpackedBytes(contentBytes)
                                .setEntries(entries)
                                .setDurationMillis(took.toMillis())
                                .build());
            }
        };
    }

    /** An event that the broker doesn't take is only logged: the node repeats its request until it has an answer. */
    private void publish(PullRequest request, SpecificRecord event) {
        var _ = publisher
                .publish(Topics.IMAGES, nodeName, event, request.trace().child())
                .whenComplete((_, failure) -> {
                    if (failure != null) {
                        log.warn(
                                "{} of {} was not published: {}",
                                event.getSchema().getName(),
                                request.reference(),
                                failure.toString());
                    }
                });
    }
}
