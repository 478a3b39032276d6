package dev.waybill.node.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;

/**
 * Waits for what takes a while to come true. How long it may take is nobody's promise but the machine's, so there is far
 * more time than it ever needs; where a time is promised, tests measure it.
 */
public final class Eventually {
    public static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final long PAUSE_MILLIS = 20;

    private Eventually() {}

    public interface Condition {
        boolean holds() throws Exception;
    }

    public static void holds(String what, Condition condition) throws Exception {
        holds(PATIENCE, what, condition);
    }

    /** The same for what takes longer than usual. */
    public static void holds(Duration patience, String what, Condition condition) throws Exception {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            Thread.sleep(PAUSE_MILLIS);
        }
    }
}
