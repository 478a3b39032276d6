package dev.waybill.image.collection;

import dev.waybill.image.registry.Digest;
import dev.waybill.image.store.ImageStore;
import dev.waybill.image.store.LayerStore;
import dev.waybill.image.store.StoredImage;
import dev.waybill.image.store.StoredLayer;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What lies on the disk. Immutable.
 *
 * @param images whole ones, the largest first
 * @param sharedBytes of each image, content that other images have too
 * @param totalBytes content of all layers, shared ones once
 */
public record ImageInventory(List<StoredImage> images, Map<Digest, Long> sharedBytes, long totalBytes) {

    public ImageInventory {
        images = List.copyOf(images);
        sharedBytes = Map.copyOf(sharedBytes);
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
        return new ImageInventory(
                images,
                shared,
                bytes.values().stream().mapToLong(Long::longValue).sum());
    }
}
