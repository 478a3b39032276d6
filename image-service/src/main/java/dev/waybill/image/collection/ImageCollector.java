package dev.waybill.image.collection;

import dev.waybill.image.store.ImageInUseException;
import dev.waybill.image.store.ImageStore;
import dev.waybill.image.store.StoredImage;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes images as a decision says. Whether a pod uses an image is looked at again under the store's lock, under which
 * pods pin, so that a start can't lose its image to a collection (ADR 14). One thread.
 */
public final class ImageCollector {

    private static final Logger log = LoggerFactory.getLogger(ImageCollector.class);

    private final ImageStore images;
    private final CollectionPolicy policy;
    private final Clock clock;
    private final Supplier<DiskUse> disk;
    private final Consumer<ImageStore.Removed> onRemoved;
    private boolean warned;

    /**
     * @param disk how full the disk is now
     * @param onRemoved told of each image that went
     */
    public ImageCollector(
            ImageStore images,
            CollectionPolicy policy,
            Clock clock,
            Supplier<DiskUse> disk,
            Consumer<ImageStore.Removed> onRemoved) {
        this.images = images;
        this.policy = policy;
        this.clock = clock;
        this.disk = disk;
        this.onRemoved = onRemoved;
    }

    /** The disk that a store lies on. */
    public static DiskUse diskOf(ImageStore images) {
        try {
            FileStore store = Files.getFileStore(images.layers().directory());
            return new DiskUse(store.getTotalSpace(), store.getUsableSpace());
        } catch (IOException e) {
            log.warn("the disk of the images can't be measured: {}", e.toString());
            return new DiskUse(0, 0);
        }
    }

    /** One round; gives what went. */
    public List<ImageStore.Removed> collect() throws IOException {
        Instant now = clock.instant();
        List<ImageUse> uses = new ArrayList<>();
        for (StoredImage image : images.all()) {
            boolean inUse = !images.pins().usersOf(image.id()).isEmpty();
            if (inUse) {
                images.pins().touch(image.id(), now);
            }
            Instant pulled = Instant.ofEpochMilli(image.pulledAtMillis());
            Instant used = images.pins().lastUsed(image.id());
            uses.add(new ImageUse(image.id(), inUse, used.isAfter(pulled) ? used : pulled));
        }
        DiskUse before = disk.get();
        CollectionDecision decision = CollectionDecision.decide(policy, before, uses, now);
        List<ImageStore.Removed> removed = new ArrayList<>();
        decision.expired().forEach(image -> remove(image, removed));
        long target = before.usableBytes() + decision.bytesToFree();
        for (ImageUse image : decision.candidates()) {
            if (disk.get().usableBytes() >= target) {
                break;
            }
            remove(image, removed);
        }
        warn(decision.bytesToFree() > 0 && disk.get().usableBytes() < target);
        return removed;
    }

    /** Once, until it is over. */
    private void warn(boolean tooFull) {
        if (tooFull && !warned) {
            log.warn(
                    "the disk of {} is {} % full and no image is left that could go",
                    images.layers().directory(), disk.get().percent());
        }
        warned = tooFull;
    }

    private void remove(ImageUse image, List<ImageStore.Removed> removed) {
        try {
            images.remove(image.id()).ifPresent(gone -> {
                images.discard(gone.leftOver());
                log.info("image {} {} was collected", gone.references(), image.id());
                onRemoved.accept(gone);
                removed.add(gone);
            });
        } catch (ImageInUseException e) {
            log.debug("a pod was faster", e);
        } catch (IOException e) {
            log.warn("image {} could not be collected: {}", image.id(), e.toString());
        }
    }
}
