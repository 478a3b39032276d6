/** Which node a pod goes to, and why not to the others. Pure. */
@NullMarked
package dev.waybill.scheduler.placement;

import org.jspecify.annotations.NullMarked;
