package dev.waybill.image.registry;

import java.util.List;

/**
 * The manifest of one platform's image: OCI or Docker schema 2. Immutable.
 *
 * @param config descriptor of the image configuration
 * @param layers descriptors of the layers, lowest first
 */
public record ImageManifest(Descriptor config, List<Descriptor> layers) {

    public ImageManifest {
        layers = List.copyOf(layers);
    }
}
