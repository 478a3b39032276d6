/** The ledger in Redis. */
@NullMarked
package dev.waybill.quota.pool.redis;

import org.jspecify.annotations.NullMarked;
