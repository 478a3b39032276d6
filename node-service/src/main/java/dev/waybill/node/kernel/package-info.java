/** System calls, through the foreign-function API. */
@NullMarked
package dev.waybill.node.kernel;

import org.jspecify.annotations.NullMarked;
