/** Quota pools: who has room, who waits. Pure. */
@NullMarked
package dev.waybill.quota.pool;

import org.jspecify.annotations.NullMarked;
