/** Chains of layers as storage drivers want them: as they are for overlay, or made one whole tree. */
@NullMarked
package dev.waybill.image.chain;

import org.jspecify.annotations.NullMarked;
