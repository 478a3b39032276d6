package dev.waybill.quota.pool;

import java.util.Map;

/**
 * Who has reserved what in which pool. Every operation is atomic and may be repeated: a pod holds at most one
 * reservation in a pool. Never the truth, which is the resource log: it can be rebuilt at any time.
 */
public interface QuotaLedger {

    /** What came of an attempt to reserve, with what is reserved in the pool after it. */
    record Attempt(boolean reserved, Amounts used) {}

    /** Reserves room for a pod if the pool has it; a pod that has it already keeps it. */
    Attempt reserve(String pool, String podUid, Amounts amounts, Amounts capacity);

    /** Gives a pod's room back; returns what is reserved in the pool after it. */
    Amounts release(String pool, String podUid);

    /** What is reserved in a pool. */
    Amounts used(String pool);

    /** Replaces a pool's reservations. */
    void rebuild(String pool, Map<String, Amounts> reservations);

    /** Whether it still knows what it was told: false after it lost its memory and before {@link #rebuild}. */
    boolean intact(String pool);
}
