/** Rules that rank the nodes left, one per file. Pure. */
@NullMarked
package dev.waybill.scheduler.placement.score;

import org.jspecify.annotations.NullMarked;
