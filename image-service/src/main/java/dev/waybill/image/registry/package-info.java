/** What a registry serves: digests, manifests, indexes, platforms. Pure. */
@NullMarked
package dev.waybill.image.registry;

import org.jspecify.annotations.NullMarked;
