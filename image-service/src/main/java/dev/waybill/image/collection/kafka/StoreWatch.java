package dev.waybill.image.collection.kafka;

import dev.waybill.events.ImageRemoved;
import dev.waybill.events.NodeImage;
import dev.waybill.events.NodeImagesReported;
import dev.waybill.events.catalog.Topics;
import dev.waybill.image.collection.DiskUse;
import dev.waybill.image.collection.ImageCollector;
import dev.waybill.image.collection.ImageInventory;
import dev.waybill.image.store.ImageStore;
import dev.waybill.image.store.StoredImage;
import dev.waybill.runtime.EventPublisher;
import dev.waybill.runtime.TraceContext;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the store every few seconds, collects every minute or so, and publishes what left the disk and, when it
 * changed, what is on it; whoever changed it, a command too. One thread of its own.
 */
public final class StoreWatch implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(StoreWatch.class);

    /** The kubelet's nodeStatusMaxImages. */
    private static final int MAX_IMAGES = 50;

    /** A Kafka record holds 1 MiB; names are long at times. */
    private static final int MAX_NAMES = 10;

    private final String nodeName;
    private final ImageStore images;
    private final ImageCollector collector;
    private final EventPublisher publisher;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("store-watch").factory());
    private ImageInventory known = ImageInventory.EMPTY;
    private List<NodeImage> reported = List.of();
    private boolean anyReport;

    public StoreWatch(String nodeName, ImageStore images, ImageCollector collector, EventPublisher publisher) {
        this.nodeName = nodeName;
        this.images = images;
        this.collector = collector;
        this.publisher = publisher;
    }

    /** Begins; the first look is now. */
    public void start(Duration look, Duration collect) {
        thread.scheduleWithFixedDelay(this::look, 0, look.toMillis(), TimeUnit.MILLISECONDS);
        thread.scheduleWithFixedDelay(this::collect, collect.toMillis(), collect.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void collect() {
        try {
            collector.collect();
        } catch (IOException | RuntimeException e) {
            log.warn("images could not be collected: {}", e.toString(), e);
        }
    }

    private void look() {
        try {
            ImageInventory inventory = ImageInventory.of(images);
            known.goneIn(inventory).forEach((image, freedBytes) -> publish(removed(image, freedBytes)));
            known = inventory;
            report(inventory);
        } catch (IOException | RuntimeException e) {
            log.warn("the image store could not be looked at: {}", e.toString(), e);
        }
    }

    private ImageRemoved removed(StoredImage image, long freedBytes) {
        return ImageRemoved.newBuilder()
                .setNodeName(nodeName)
                .setImageId(image.id().toString())
                .setReferences(new ArrayList<>(new TreeSet<>(image.references().keySet())))
                .setFreedBytes(freedBytes)
                .build();
    }

    private void report(ImageInventory inventory) {
        List<NodeImage> largest = inventory.images().stream()
                .limit(MAX_IMAGES)
                .map(StoreWatch::described)
                .toList();
        if (anyReport && largest.equals(reported)) {
            return;
        }
        DiskUse disk = ImageCollector.diskOf(images);
        publish(NodeImagesReported.newBuilder()
                .setNodeName(nodeName)
                .setImages(largest)
                .setImageCount(inventory.images().size())
                .setStoreBytes(inventory.totalBytes())
                .setDiskBytes(disk.totalBytes())
                .setDiskUsableBytes(disk.usableBytes())
                .build());
        reported = largest;
        anyReport = true;
    }

    private static NodeImage described(StoredImage image) {
        TreeSet<String> names = new TreeSet<>(image.references().keySet());
        image.references().values().stream().filter(digest -> !digest.isEmpty()).forEach(names::add);
        return NodeImage.newBuilder()
                .setImageId(image.id().toString())
                .setNames(names.stream().limit(MAX_NAMES).toList())
                .setSizeBytes(image.contentBytes())
                .build();
    }

    private void publish(SpecificRecord event) {
        var _ = publisher
                .publish(Topics.IMAGES, nodeName, event, TraceContext.newRoot())
                .whenComplete((_, failure) -> {
                    if (failure != null) {
                        log.warn("{} was not published: {}", event.getSchema().getName(), failure.toString());
                    }
                });
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
