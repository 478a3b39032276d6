/** Turns desired state into pods and pods into placements. */
@NullMarked
package dev.waybill.scheduler;

import org.jspecify.annotations.NullMarked;
