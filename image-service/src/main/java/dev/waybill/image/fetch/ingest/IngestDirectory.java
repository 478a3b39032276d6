package dev.waybill.image.fetch.ingest;

import dev.waybill.image.fetch.BlobDownload;
import dev.waybill.image.fetch.BlobDownloads;
import dev.waybill.image.reference.ImageReference;
import dev.waybill.image.registry.BlobStream;
import dev.waybill.image.registry.ByteRange;
import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.Registry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Small blobs straight from the socket; large ones in ranges to {@code ingest/<digest>}, read there while they come and
 * gone on with after a failure or a restart. What nobody went on with for long is removed when the next one starts.
 * Thread-safe.
 */
public final class IngestDirectory implements BlobDownloads, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(IngestDirectory.class);

    private final Path directory;
    private final IngestSettings settings;
    private final Clock clock;
    private final Set<Digest> claimed = new HashSet<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("range-", 0).factory());

    public IngestDirectory(Path directory, IngestSettings settings, Clock clock) throws IOException {
        this.directory = Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        this.settings = settings;
        this.clock = clock;
        prune();
    }

    @Override
    public BlobDownload open(Registry registry, ImageReference image, Descriptor blob) throws IOException {
        if (blob.sizeBytes() < Math.max(settings.fromBytes(), settings.segmentBytes() + 1L) || !claim(blob.digest())) {
            return STREAMING.open(registry, image, blob);
        }
        prune();
        IngestFile file = null;
        try {
            file = new IngestFile(directory, blob, settings.segmentBytes());
            BlobDownload download = inRanges(registry, image, blob, file);
            if (download != null) {
                return download;
            }
        } catch (IOException | RuntimeException e) {
            end(blob.digest(), file, true);
            throw e;
        }
        end(blob.digest(), file, false);
        return STREAMING.open(registry, image, blob);
    }

    /** Null when the registry knows no ranges and the blob must be asked for once more. */
    private @Nullable BlobDownload inRanges(Registry registry, ImageReference image, Descriptor blob, IngestFile file)
            throws IOException {
        RangedBlob.Ranges ranges = range -> registry.blob(image, blob, range);
        RangedBlob ranged = new RangedBlob(file, ranges, keep -> end(blob.digest(), file, keep));
        int missing = ranged.firstMissing();
        if (missing < 0) {
            log.info("layer {} was downloaded before", blob.digest());
            return ranged;
        }
        BlobStream first = ranges.open(new ByteRange(file.from(missing), file.end(missing)));
        if (!first.ranged()) {
            return wholeInstead(first, missing, blob, file);
        }
        ranged.start(first, threads, settings.connections());
        return ranged;
    }

    private @Nullable BlobDownload wholeInstead(BlobStream stream, int missing, Descriptor blob, IngestFile file)
            throws IOException {
        if (missing > 0) {
            stream.close();
            return null;
        }
        end(blob.digest(), file, false);
        return BlobDownloads.streaming(stream);
    }

    private synchronized boolean claim(Digest digest) {
        return claimed.add(digest);
    }

    private void end(Digest digest, @Nullable IngestFile file, boolean keep) {
        try {
            if (file != null) {
                file.close(keep);
            }
        } catch (IOException e) {
            log.warn("left for later: {}: {}", directory.resolve(digest.hex()), e.toString());
        } finally {
            synchronized (this) {
                claimed.remove(digest);
            }
        }
    }

    private record Part(Path data, long bytes, long modifiedMillis) {}

    /** Removes what is too old, then the oldest of what is too much. */
    private void prune() throws IOException {
        List<Part> parts = new ArrayList<>();
        try (var files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Path name = file.getFileName();
                if (name != null && !isClaimed(name.toString())) {
                    parts.add(new Part(
                            file,
                            Files.size(file),
                            Files.getLastModifiedTime(file).toMillis()));
                }
            }
        }
        parts.sort(Comparator.comparingLong(Part::modifiedMillis).reversed());
        long oldest = clock.millis() - settings.keepFor().toMillis();
        long kept = 0;
        for (Part part : parts) {
            kept += part.bytes;
            if (part.modifiedMillis < oldest || kept > settings.keepBytes()) {
                log.info("removing a part of a layer that nobody went on with: {}", part.data);
                Files.deleteIfExists(part.data);
            }
        }
    }

    private synchronized boolean isClaimed(String name) {
        return claimed.stream().anyMatch(digest -> name.startsWith(digest.hex()));
    }

    /** Ends what still runs; parts stay for the next start. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
