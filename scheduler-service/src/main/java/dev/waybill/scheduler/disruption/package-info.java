/** How many pods may be missed at a time, by PodDisruptionBudgets. Pure. */
@NullMarked
package dev.waybill.scheduler.disruption;

import org.jspecify.annotations.NullMarked;
