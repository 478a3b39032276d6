/** System calls that the JDK lacks, through the foreign-function API. */
@NullMarked
package dev.waybill.image.kernel;

import org.jspecify.annotations.NullMarked;
