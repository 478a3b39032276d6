/** Samples of usage folded into reports. Pure. */
@NullMarked
package dev.waybill.quota.metering;

import org.jspecify.annotations.NullMarked;
