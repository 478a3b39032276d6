package dev.waybill.runtime;

import java.time.Duration;

/**
 * Makes portions of work larger while work comes fast: each portion has a fixed cost (a transaction, a search) that
 * many records share. A portion begins at once when it is the first for a while or the one before it was a single
 * record; otherwise the rest of the gap is spent gathering. For one thread.
 */
public final class Pace {
    private final long gapNanos;
    private long begunNanos;
    private int size;

    /** @param gap between the beginnings of two portions under load */
    public Pace(Duration gap) {
        this.gapNanos = gap.toNanos();
    }

    /** How long to go on gathering; zero or less to begin now. */
    public Duration remaining(long nowNanos) {
        return size <= 1 ? Duration.ZERO : Duration.ofNanos(begunNanos + gapNanos - nowNanos);
    }

    /** A portion of so many records begins. */
    public void begin(int records, long nowNanos) {
        size = records;
        begunNanos = nowNanos;
    }
}
