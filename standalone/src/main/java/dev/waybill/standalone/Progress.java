package dev.waybill.standalone;

import java.io.PrintStream;
import java.time.Duration;

/** Says on the terminal what is being done and how long it took. Thread-safe. */
final class Progress {
    private final PrintStream out;
    private final long start = System.nanoTime();

    Progress(PrintStream out) {
        this.out = out;
    }

    synchronized void say(String line) {
        Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
        out.printf("[%5.1f s] %s%n", elapsed.toMillis() / 1_000.0, line);
        out.flush();
    }
}
