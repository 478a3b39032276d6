package dev.waybill.image.registry.http;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How many blobs come at once, in all and from one registry, and how fast; in the order of asking among those that may.
 * A slow registry can't take the last turn of the others. Thread-safe; calls block.
 */
public final class DownloadLimits {

    private static final long NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    /** What may come at once after a pause: a quarter of a second's worth. */
    private static final int BURSTS_PER_SECOND = 4;

    private final int limit;
    private final int limitPerHost;
    private final long bytesPerSecond;
    private final ReentrantLock lock = new ReentrantLock(true);
    private final Condition freed = lock.newCondition();
    private final Map<String, Integer> running = new HashMap<>();
    private int total;
    private long nextNanos = System.nanoTime();

    /**
     * @param limit blobs, or ranges of blobs, at once
     * @param limitPerHost from one registry
     * @param bytesPerSecond in all; 0 for no limit
     */
    public DownloadLimits(int limit, int limitPerHost, long bytesPerSecond) {
        this.limit = limit;
        this.limitPerHost = Math.min(limitPerHost, limit);
        this.bytesPerSecond = bytesPerSecond;
    }

    /** A turn that somebody has until it is closed. */
    interface Turn extends AutoCloseable {
        @Override
        void close();
    }

    Turn await(String host) throws InterruptedIOException {
        try {
            lock.lockInterruptibly();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        try {
            while (total >= limit || running.getOrDefault(host, 0) >= limitPerHost) {
                freed.await();
            }
            total++;
            running.merge(host, 1, Integer::sum);
        } catch (InterruptedException e) {
            throw interrupted(e);
        } finally {
            lock.unlock();
        }
        return () -> release(host);
    }

    private void release(String host) {
        lock.lock();
        try {
            total--;
            running.compute(host, (_, count) -> count == null || count <= 1 ? null : count - 1);
            freed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** How much may be read in one go, so that a limit doesn't come in lumps. */
    int portion(int wanted) {
        return bytesPerSecond == 0 ? wanted : Math.clamp(bytesPerSecond / BURSTS_PER_SECOND, 1, wanted);
    }

    /** Waits until these bytes, which have come, fit into the limit. */
    void took(int bytes) throws IOException {
        if (bytesPerSecond == 0 || bytes <= 0) {
            return;
        }
        long wait;
        lock.lock();
        try {
            long now = System.nanoTime();
            nextNanos = Math.max(nextNanos, now - NANOS_PER_SECOND / BURSTS_PER_SECOND)
                    + (long) ((double) bytes * NANOS_PER_SECOND / bytesPerSecond);
            wait = nextNanos - now;
        } finally {
            lock.unlock();
        }
        if (wait > 0) {
            try {
                TimeUnit.NANOSECONDS.sleep(wait);
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }
    }

    /** How many are running. */
    int running() {
        lock.lock();
        try {
            return total;
        } finally {
            lock.unlock();
        }
    }

    private static InterruptedIOException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        InterruptedIOException interrupted = new InterruptedIOException("interrupted while waiting for a turn");
        interrupted.initCause(cause);
        return interrupted;
    }
}
