package dev.waybill.image.fetch;

import dev.waybill.image.reference.ImageReference;
import dev.waybill.image.registry.Descriptor;
import dev.waybill.image.registry.Digest;
import dev.waybill.image.registry.Registry;

/**
 * A layer that an image needs, and where it can be had. Immutable.
 *
 * @param registry in whose name it is fetched
 * @param image the image that names it
 * @param blob the layer as the manifest describes it
 * @param diffId the digest of what it unpacks to
 */
record LayerRequest(Registry registry, ImageReference image, Descriptor blob, Digest diffId) {

    /** Whether what one may not have or can't get, the other can't either. */
    boolean isLike(LayerRequest other) {
        return registry.equals(other.registry) && image.name().equals(other.image.name()) && blob.equals(other.blob);
    }
}
