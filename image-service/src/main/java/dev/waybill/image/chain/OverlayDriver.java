package dev.waybill.image.chain;

import dev.waybill.image.store.ImageStore;
import dev.waybill.image.store.StoredImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The kernel puts the layers together when a root is mounted, so there is nothing to prepare. Stateless. */
public final class OverlayDriver implements StorageDriver {

    private final ImageStore images;

    public OverlayDriver(ImageStore images) {
        this.images = images;
    }

    @Override
    public String name() {
        return "overlay";
    }

    @Override
    public Optional<List<Path>> find(StoredImage image) {
        return Optional.of(prepare(image));
    }

    @Override
    public List<Path> prepare(StoredImage image) {
        return images.layerPaths(image);
    }
}
