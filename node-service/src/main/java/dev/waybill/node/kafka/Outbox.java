package dev.waybill.node.kafka;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands events to the producer on a thread of its own, since a producer without a broker blocks its caller. What does
 * not fit while the broker is away is refused, and said once. Thread-safe.
 */
final class Outbox implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Outbox.class);
    private static final int CAPACITY = 10_000;

    private final BlockingQueue<Runnable> waiting = new ArrayBlockingQueue<>(CAPACITY);
    private final Thread thread =
            Thread.ofPlatform().name("node-outbox").daemon().unstarted(this::run);
    private volatile boolean closing;
    private volatile boolean full;

    void start() {
        thread.start();
    }

    /** False when there is no room for it. */
    boolean offer(Runnable sending) {
        boolean taken = waiting.offer(sending);
        if (!taken && !full) {
            log.warn("{} events wait for the broker; further ones are lost", CAPACITY);
        }
        full = !taken;
        return taken;
    }

    private void run() {
        try {
            while (!closing || !waiting.isEmpty()) {
                Runnable next = waiting.poll(200, TimeUnit.MILLISECONDS);
                if (next != null) {
                    next.run();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Sends what waits, for at most 5 s. */
    @Override
    public void close() {
        closing = true;
        try {
            thread.join(5_000);
            thread.interrupt();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
