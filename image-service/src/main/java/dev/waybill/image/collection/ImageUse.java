package dev.waybill.image.collection;

import dev.waybill.image.registry.Digest;
import java.time.Instant;

/**
 * An image as collection sees it. Immutable.
 *
 * @param inUse whether a pod uses it
 * @param lastUsed when it was of use last
 */
public record ImageUse(Digest id, boolean inUse, Instant lastUsed) {}
