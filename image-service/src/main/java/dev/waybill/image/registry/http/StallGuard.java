package dev.waybill.image.registry.http;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Breaks off what waits for too long, which a socket's timeout doesn't when a byte trickles in now and then.
 * Thread-safe; one thread of its own watches everything.
 */
final class StallGuard implements AutoCloseable {

    private static final long MIN_PERIOD_MILLIS = 20;
    private static final long MAX_PERIOD_MILLIS = 1000;

    private final Set<Watch> watched = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService watcher = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("registry-stall-guard").factory());

    StallGuard(Duration shortest) {
        long every = Math.clamp(shortest.toMillis() / 4, MIN_PERIOD_MILLIS, MAX_PERIOD_MILLIS);
        var _ = watcher.scheduleWithFixedDelay(
                () -> watched.forEach(Watch::check), every, every, TimeUnit.MILLISECONDS);
    }

    /** Watches waits, each of which may last so long; {@code abort} ends one from the guard's thread. */
    Watch watch(Duration limit, Runnable abort) {
        Watch watch = new Watch(limit.toNanos(), abort);
        watched.add(watch);
        return watch;
    }

    @Override
    public void close() {
        watcher.shutdownNow();
    }

    /** The waits of one thread. */
    final class Watch implements AutoCloseable {
        private final long limitNanos;
        private final Runnable abort;
        private volatile long since;
        private volatile boolean waiting;
        private volatile boolean expired;

        Watch(long limitNanos, Runnable abort) {
            this.limitNanos = limitNanos;
            this.abort = abort;
        }

        void begin() {
            since = System.nanoTime();
            waiting = true;
        }

        /** How long the wait was, in nanoseconds. */
        long end() {
            waiting = false;
            return System.nanoTime() - since;
        }

        /** Whether a wait was broken off. */
        boolean expired() {
            return expired;
        }

        private void check() {
            if (waiting && System.nanoTime() - since > limitNanos) {
                expired = true;
                abort.run();
            }
        }

        @Override
        public void close() {
            watched.remove(this);
        }
    }
}
