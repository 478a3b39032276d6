package dev.waybill.image.store;

import dev.waybill.image.registry.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Images whose layers are all in the layer store, looked up by reference. An image that lost a layer is as good as
 * absent, so the next pull heals it. Thread-safe, and safe beside other processes.
 */
public final class ImageStore {

    private final LayerStore layers;
    private final ImageRecords records;
    private final Pins pins;

    public ImageStore(LayerStore layers) throws IOException {
        this.layers = layers;
        this.records = new ImageRecords(layers.directory().resolve("images"));
        this.pins = new Pins(layers.directory());
    }

    /** The layers of these images. */
    public LayerStore layers() {
        return layers;
    }

    /** Which pods use which images. */
    public Pins pins() {
        return pins;
    }

    /** Every image that has a record, whole or not. */
    public List<StoredImage> all() throws IOException {
        return records.all();
    }

    /** The image that a reference names, if all of it is on disk; it counts as used. */
    public Optional<StoredImage> find(String reference) {
        try {
            Optional<StoredImage> found = records.all().reversed().stream()
                    .filter(image -> image.references().containsKey(reference))
                    .findFirst()
                    .filter(this::isWhole);
            if (found.isPresent()) {
                pins.touch(found.get().id());
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the images of " + layers.directory(), e);
        }
    }

    /** Whether every layer is on disk. */
    public boolean isWhole(StoredImage image) {
        return image.layers().stream()
                .distinct()
                .allMatch(diffId -> layers.find(diffId).isPresent());
    }

    /** Layer directories in mount order, lowest first; a layer that occurs twice is mounted where it is highest. */
    public List<Path> layerPaths(StoredImage image) {
        SequencedSet<Digest> highestFirst = new LinkedHashSet<>(image.layers().reversed());
        return new ArrayList<>(highestFirst)
                .reversed().stream().map(layers::pathOf).toList();
    }

    /** Records an image under one more reference; whatever image had that reference before loses it. */
    public StoredImage put(
            String reference, String repoDigest, Digest id, List<Digest> diffIds, String config, long nowMillis)
            throws IOException {
        try (StoreLock _ = layers.lock()) {
            Map<String, String> references = new HashMap<>();
            for (StoredImage image : records.all()) {
                if (image.id().equals(id)) {
                    references.putAll(image.references());
                } else if (image.references().containsKey(reference)) {
                    records.write(image.without(reference));
                }
            }
            references.put(reference, repoDigest);
            long contentBytes = 0;
            for (Digest diffId : diffIds.stream().distinct().toList()) {
                contentBytes += layers.find(diffId)
                        .orElseThrow(() -> new IOException("layer " + diffId + " is not in the store"))
                        .contentBytes();
            }
            StoredImage image = new StoredImage(id, references, diffIds, contentBytes, config, nowMillis);
            records.write(image);
            pins.touch(id);
            return image;
        }
    }

    /** Takes a reference from its image; the image goes with its last one. */
    public Optional<Removed> remove(String reference) throws IOException {
        try (StoreLock _ = layers.lock()) {
            Optional<StoredImage> found = records.all().stream()
                    .filter(image -> image.references().containsKey(reference))
                    .findFirst();
            if (found.isEmpty() || found.get().references().size() == 1) {
                return found.isEmpty() ? Optional.empty() : removeHeld(found.get());
            }
            records.write(found.get().without(reference));
            return Optional.of(new Removed(found.get(), List.of(reference), 0, List.of()));
        }
    }

    /** Removes an image with all of its references, unless a pod uses it. */
    public Optional<Removed> remove(Digest id) throws IOException {
        try (StoreLock _ = layers.lock()) {
            Optional<StoredImage> found = records.all().stream()
                    .filter(image -> image.id().equals(id))
                    .findFirst();
            return found.isEmpty() ? Optional.empty() : removeHeld(found.get());
        }
    }

    /**
     * What was removed; {@link #discard} frees the disk.
     *
     * @param freedBytes content of the layers that no other image has
     */
    public record Removed(StoredImage image, List<String> references, long freedBytes, List<Path> leftOver) {}

    private Optional<Removed> removeHeld(StoredImage image) throws IOException {
        Collection<String> users = pins.usersOf(image.id());
        if (!users.isEmpty()) {
            throw new ImageInUseException(image.id(), users);
        }
        records.remove(image.id());
        pins.forget(image.id());
        Set<Digest> unused = unusedLayers();
        unused.retainAll(new HashSet<>(image.layers()));
        long freed = 0;
        for (Digest layer : unused) {
            freed += layers.find(layer).map(StoredLayer::contentBytes).orElse(0L);
        }
        List<String> references = image.references().keySet().stream().sorted().toList();
        List<Path> leftOver = new ArrayList<>(layers.takeOut(unused));
        leftOver.addAll(layers.chains().takeOut(records.all()));
        return Optional.of(new Removed(image, references, freed, leftOver));
    }

    /** Frees the disk that a removal took names from; without the store's lock, since it may take long. */
    public void discard(Collection<Path> leftOver) {
        leftOver.forEach(layers::discard);
    }

    /** Layers that belong to no image and that nobody counts on; the caller holds the lock. */
    Set<Digest> unusedLayers() throws IOException {
        Set<Digest> unused = new HashSet<>(layers.all());
        records.all().forEach(image -> unused.removeAll(new HashSet<>(image.layers())));
        unused.removeAll(layers.leased());
        return unused;
    }

    /** Takes layers out of the store that belong to no image, or that are damaged and in no pod's use. */
    List<Path> takeOut(Predicate<Digest> also) throws IOException {
        try (StoreLock _ = layers.lock()) {
            Set<Digest> going = unusedLayers();
            Set<Digest> pinned = new HashSet<>();
            for (StoredImage image : records.all()) {
                if (!pins.usersOf(image.id()).isEmpty()) {
                    pinned.addAll(image.layers());
                }
            }
            layers.all().stream()
                    .filter(also)
                    .filter(layer -> !pinned.contains(layer))
                    .forEach(going::add);
            List<StoredImage> staying = records.all().stream()
                    .filter(image -> Collections.disjoint(image.layers(), going))
                    .toList();
            List<Path> leftOver = new ArrayList<>(layers.takeOut(going));
            leftOver.addAll(layers.chains().takeOut(staying));
            return leftOver;
        }
    }

    List<Path> damagedRecords() throws IOException {
        return records.damaged();
    }

    /** Removes records that can't be read. */
    void removeDamagedRecords() throws IOException {
        for (Path record : damagedRecords()) {
            Files.deleteIfExists(record);
        }
    }
}
