/** Reconcilers: what children an owner lacks or has too many of. Pure. */
@NullMarked
package dev.waybill.scheduler.workload;

import org.jspecify.annotations.NullMarked;
