/** Which images may be used here, and whose signatures they need. */
@NullMarked
package dev.waybill.image.policy;

import org.jspecify.annotations.NullMarked;
