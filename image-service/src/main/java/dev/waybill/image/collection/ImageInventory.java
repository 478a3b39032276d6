package dev.waybill.image.collection;

import dev.waybill.image.registry.Digest;
import dev.waybill.image.store.ImageStore;
import dev.waybill.image.store.LayerStore;
import dev.waybill.image.store.StoredImage;
import dev.waybill.image.store.StoredLayer;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What lies on the disk. Immutable.
 *
 * @param images whole ones, the largest first
 * @param sharedBytes of each image, content that other images have too
 * @param layerBytes content of each layer
 */
public record ImageInventory(List<StoredImage> images, Map<Digest, Long> sharedBytes, Map<Digest, Long> layerBytes) {

    /** Nothing. */
    public static final ImageInventory EMPTY = new ImageInventory(List.of(), Map.of(), Map.of());

    public ImageInventory {
        images = List.copyOf(images);
        sharedBytes = Map.copyOf(sharedBytes);
        layerBytes = Map.copyOf(layerBytes);
    }

    /** Content of all layers, shared ones once. */
    public long totalBytes() {
        return layerBytes.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Images that were here and are not there later, each with the content that left the disk with it. */
    public Map<StoredImage, Long> goneIn(ImageInventory later) {
        Map<Digest, Long> freed = new HashMap<>(layerBytes);
        freed.keySet().removeAll(later.layerBytes.keySet());
        Set<Digest> left = new HashSet<>();
        later.images.forEach(image -> left.add(image.id()));
        Map<StoredImage, Long> gone = new LinkedHashMap<>();
        for (StoredImage image : images) {
            if (!left.contains(image.id())) {
                // a layer that two of them shared is told of once
                gone.put(
                        image,
                        image.layers().stream()
                                .mapToLong(layer -> taken(freed, layer))
                                .sum());
            }
        }
        return gone;
    }

    private static long taken(Map<Digest, Long> freed, Digest layer) {
        Long bytes = freed.remove(layer);
        return bytes == null ? 0 : bytes;
    }

    /** Takes stock. */
    public static ImageInventory of(ImageStore store) throws IOException {
        LayerStore layers = store.layers();
        List<StoredImage> images = store.all().stream()
                .filter(store::isWhole)
                .sorted(Comparator.comparingLong(StoredImage::contentBytes).reversed())
                .toList();
        Map<Digest, Integer> owners = new HashMap<>();
        images.forEach(
                image -> image.layers().stream().distinct().forEach(layer -> owners.merge(layer, 1, Integer::sum)));
        Map<Digest, Long> bytes = new HashMap<>();
        for (Digest layer : layers.all()) {
            bytes.put(layer, layers.find(layer).map(StoredLayer::contentBytes).orElse(0L));
        }
        Map<Digest, Long> shared = new HashMap<>();
        images.forEach(image -> shared.put(
                image.id(),
                image.layers().stream()
                        .distinct()
                        .filter(layer -> owners.getOrDefault(layer, 0) > 1)
                        .mapToLong(layer -> bytes.getOrDefault(layer, 0L))
                        .sum()));
        return new ImageInventory(images, shared, bytes);
    }
}
