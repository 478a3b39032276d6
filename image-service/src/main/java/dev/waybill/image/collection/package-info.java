/** Which images leave the disk when it fills up. */
@NullMarked
package dev.waybill.image.collection;

import org.jspecify.annotations.NullMarked;
