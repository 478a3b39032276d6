package dev.waybill.runtime;

import java.time.Duration;

/**
 * Makes portions of work larger while work comes fast: each portion has a fixed cost (a transaction, a search) that
 * many records share. A portion begins at once when it is the first for a while or the one before it was of few records;
 * otherwise the rest of the gap is spent gathering. For one thread.
 */
public final class Pace {
    private final long gapNanos;
    private final int few;
    private long begunNanos;
    private int size;

    /**
     * @param gap between the beginnings of two portions under load
     * @param few records that make no load yet
     */
    public Pace(Duration gap, int few) {
        this.gapNanos = gap.toNanos();
        this.few = few;
    }

    /** How long to go on gathering; zero or less to begin now. */
    public Duration remaining(long nowNanos) {
        return size <= few ? Duration.ZERO : Duration.ofNanos(begunNanos + gapNanos - nowNanos);
    }

    /** A portion of so many records begins. */
    public void begin(int records, long nowNanos) {
        size = records;
        begunNanos = nowNanos;
    }
}
