/** From a reference to an image in the store: resolve, download, unpack, with work shared between callers. */
@NullMarked
package dev.waybill.image.fetch;

import org.jspecify.annotations.NullMarked;
