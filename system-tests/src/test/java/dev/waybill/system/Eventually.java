package dev.waybill.system;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waits for what takes a while to come true. */
final class Eventually {
    private static final long PAUSE_MILLIS = 100;

    private Eventually() {}

    /** Asks again and again; an exception counts as not yet, an assertion that fails ends the wait. */
    static void within(Duration limit, String what, Callable<Boolean> condition) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        Exception last = null;
        while (System.nanoTime() < deadline) {
            try {
                if (condition.call()) {
                    return;
                }
            } catch (InterruptedException e) {
                throw e;
            } catch (Exception e) {
                last = e;
            }
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        }
        throw new AssertionError("not within " + limit.toSeconds() + " s: " + what, last);
    }
}
