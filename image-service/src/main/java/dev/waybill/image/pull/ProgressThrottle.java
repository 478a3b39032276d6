package dev.waybill.image.pull;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Lets a report per key through at most once in an interval. Thread-safe as long as each key has one thread. */
public final class ProgressThrottle {

    private final long intervalNanos;
    private final Map<String, Long> last = new ConcurrentHashMap<>();

    public ProgressThrottle(Duration interval) {
        this.intervalNanos = interval.toNanos();
    }

    /** Whether a report may go out now; the first one waits an interval too. */
    public boolean admits(String key, long nowNanos) {
        Long before = last.putIfAbsent(key, nowNanos);
        if (before == null || nowNanos - before < intervalNanos) {
            return false;
        }
        last.put(key, nowNanos);
        return true;
    }
}
