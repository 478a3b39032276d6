/** Rules that rule nodes out, one per file. Pure. */
@NullMarked
package dev.waybill.scheduler.placement.filter;

import org.jspecify.annotations.NullMarked;
