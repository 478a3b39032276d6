package dev.waybill.image.store;

import dev.waybill.image.registry.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Looks for damage in a store, and heals it: what is damaged is dropped, and the next pull of its image brings it back.
 * A layer that a pod uses is only reported. Works beside the store's owner. Stateless.
 */
public final class StoreCheck {

    private StoreCheck() {}

    /**
     * What was found.
     *
     * @param damagedLayers problems of each
     * @param inUse those of them that pods use, which stay
     * @param unusedLayers layers that belong to no image
     * @param damagedRecords records of images that can't be read
     * @param incompleteImages images that lack a layer
     * @param leftOvers what ended processes left
     */
    public record Report(
            SortedMap<String, List<String>> damagedLayers,
            Set<Digest> inUse,
            Set<Digest> unusedLayers,
            List<Path> damagedRecords,
            List<StoredImage> incompleteImages,
            int leftOvers) {

        /** Whether nothing was found. */
        public boolean isClean() {
            return damagedLayers.isEmpty()
                    && unusedLayers.isEmpty()
                    && damagedRecords.isEmpty()
                    && incompleteImages.isEmpty();
        }
    }

    /**
     * Checks, and heals if asked to.
     *
     * @param withContent whether to read every file, rather than its attributes only
     */
    public static Report run(ImageStore images, boolean withContent, boolean heal) throws IOException {
        LayerStore layers = images.layers();
        int leftOvers = layers.removeLeftOvers();
        SortedMap<String, List<String>> damaged = new TreeMap<>();
        for (Digest layer : layers.all()) {
            List<String> problems = problems(layers, layer, withContent);
            if (!problems.isEmpty()) {
                damaged.put(layer.toString(), problems);
            }
        }
        Set<Digest> unused;
        try (StoreLock _ = layers.lock()) {
            unused = images.unusedLayers();
        }
        List<Path> records = images.damagedRecords();
        List<StoredImage> incomplete = incomplete(images, damaged);
        if (heal) {
            images.removeDamagedRecords();
            images.discard(images.takeOut(layer -> damaged.containsKey(layer.toString())));
        }
        Set<Digest> inUse = new HashSet<>(layers.all());
        inUse.removeIf(layer -> !heal || !damaged.containsKey(layer.toString()));
        return new Report(damaged, inUse, unused, records, incomplete, leftOvers);
    }

    private static List<String> problems(LayerStore layers, Digest layer, boolean withContent) {
        if (layers.find(layer).isEmpty()) {
            return List.of("it is not whole");
        }
        try {
            return LayerCheck.problems(layers.homeOf(layer), withContent);
        } catch (IOException e) {
            return List.of("it can't be read: " + e.getMessage());
        }
    }

    private static List<StoredImage> incomplete(ImageStore images, SortedMap<String, List<String>> damaged)
            throws IOException {
        List<StoredImage> incomplete = new ArrayList<>();
        for (StoredImage image : images.all()) {
            boolean broken = image.layers().stream().anyMatch(layer -> damaged.containsKey(layer.toString()));
            if (broken || !images.isWhole(image)) {
                incomplete.add(image);
            }
        }
        return incomplete;
    }
}
