/** Images in files: OCI image layouts and what {@code docker save} writes, in and out of the store. */
@NullMarked
package dev.waybill.image.archive;

import org.jspecify.annotations.NullMarked;
