package dev.waybill.quota.pool.kafka;

import dev.waybill.events.catalog.Topics;
import dev.waybill.quota.pool.PoolKeeper;
import dev.waybill.runtime.BindingGate;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.LogTail;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.springframework.context.SmartLifecycle;

/**
 * Follows the resource log, from the first pool on, and looks after what could not be done at once. Starts the bindings
 * when it has caught up.
 */
final class PoolLoop implements SmartLifecycle {
    /** While changes come fast a pod of a pool waits this much longer at most; every other pod costs less. */
    private static final Duration GAP = Duration.ofMillis(30);

    private static final Duration RETRY = Duration.ofSeconds(5);

    private final KafkaConnection connection;
    private final BindingGate gate;
    private final LogTail watch;
    private final LogTail all;
    private final ResourceLogListener listener;
    private final ScheduledExecutorService clock;
    private boolean open;
    private boolean running;

    PoolLoop(KafkaConnection connection, PoolKeeper keeper, BindingGate gate) {
        this.connection = connection;
        this.gate = gate;
        this.listener = new ResourceLogListener(keeper, this::open);
        this.watch = tail(new PoolWatch(this::open, this::followAll));
        this.all = tail(listener);
        this.clock = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("quota-clock").daemon().factory());
    }

    private LogTail tail(LogTail.Listener of) {
        return new LogTail(connection, Topics.RESOURCES, GAP, of);
    }

    private synchronized void open() {
        if (!open) {
            open = true;
            gate.open();
        }
    }

    /** There is a pool: reads the log again, now with its pods. On the thread of the tail that this ends. */
    private synchronized void followAll() {
        watch.close();
        if (running) {
            all.start();
        }
    }

    @Override
    public synchronized void start() {
        running = true;
        watch.start();
        clock.scheduleWithFixedDelay(listener::retry, RETRY.toMillis(), RETRY.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void stop() {
        synchronized (this) {
            running = false;
        }
        clock.shutdownNow();
        watch.close();
        all.close();
    }

    @Override
    public synchronized boolean isRunning() {
        return running;
    }

    /** After the bindings were made, which the gate starts. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }
}
