/** Pools and metering between their topics. */
@NullMarked
package dev.waybill.quota.pool.kafka;

import org.jspecify.annotations.NullMarked;
