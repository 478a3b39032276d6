package dev.waybill.gateway;

import java.time.Duration;

/** Waits for what takes a while to come true; the time limit of the test's class ends what never does. */
public final class Eventually {
    private static final Duration PAUSE = Duration.ofMillis(20);

    private Eventually() {}

    /** What is to come true. */
    public interface Condition {
        boolean holds() throws Exception;
    }

    public static void holds(Condition condition) throws Exception {
        while (!condition.holds()) {
            Thread.sleep(PAUSE);
        }
    }
}
