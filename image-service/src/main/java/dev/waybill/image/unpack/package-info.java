/** Layer archives to directories in overlayfs form, hostile input included. */
@NullMarked
package dev.waybill.image.unpack;

import org.jspecify.annotations.NullMarked;
