/** The scheduler's way to and from the log. */
@NullMarked
package dev.waybill.scheduler.kafka;

import org.jspecify.annotations.NullMarked;
