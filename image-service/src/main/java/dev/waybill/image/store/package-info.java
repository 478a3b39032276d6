/** Layers and images on the node's disk: each layer once, crash-safe. */
@NullMarked
package dev.waybill.image.store;

import org.jspecify.annotations.NullMarked;
