/** The cluster as the scheduler sees it, folded from the resource log. */
@NullMarked
package dev.waybill.scheduler.cluster;

import org.jspecify.annotations.NullMarked;
