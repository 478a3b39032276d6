package dev.waybill.gateway.events.kafka;

import dev.waybill.gateway.state.ResourceDelta;
import dev.waybill.gateway.state.kafka.KafkaResourceTail;
import dev.waybill.gateway.state.kafka.ResourceLogWriter;
import dev.waybill.gateway.state.kafka.ResourceTail;
import dev.waybill.gateway.state.kafka.RevisionGoneException;
import dev.waybill.runtime.BindingGate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Hands changes of the cluster's state to the recorder, on a thread of its own: only the gateway that writes them
 * records them, and what comes faster than it can be published is left out. Opens the bindings once the tail has caught
 * up.
 */
final class ChangeListener implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(ChangeListener.class);
    private static final Duration REPLAY_LIMIT = Duration.ofMinutes(5);
    private static final int BUFFERED_BATCHES = 1_000;

    private final EventRecorder recorder;
    private final KafkaResourceTail tail;
    private final ResourceLogWriter writer;
    private final BindingGate gate;
    private final BlockingQueue<List<ResourceDelta>> queue = new ArrayBlockingQueue<>(BUFFERED_BATCHES);
    private @Nullable Thread thread;

    ChangeListener(EventRecorder recorder, KafkaResourceTail tail, ResourceLogWriter writer, BindingGate gate) {
        this.recorder = recorder;
        this.tail = tail;
        this.writer = writer;
        this.gate = gate;
    }

    @Override
    public synchronized void start() {
        thread = Thread.ofPlatform().name("event-recorder").daemon().start(this::run);
    }

    private void run() {
        try {
            tail.awaitCaughtUp(REPLAY_LIMIT);
            gate.open();
            follow();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RevisionGoneException | IllegalStateException e) {
            log.error("no Events are recorded of changes", e);
        }
    }

    private void follow() throws InterruptedException, RevisionGoneException {
        try (ResourceTail.Subscription _ = tail.subscribe(tail.image().revision(), this::offer)) {
            while (true) {
                for (ResourceDelta change : queue.take()) {
                    record(change);
                }
            }
        }
    }

    private void offer(List<ResourceDelta> batch) {
        if (writer.isLeading() && !queue.offer(batch)) {
            log.warn(
                    "changes up to revision {} are not recorded as Events",
                    batch.getLast().revision());
        }
    }

    private void record(ResourceDelta change) {
        try {
            recorder.record(change);
        } catch (RuntimeException e) { // an Event less
            log.warn("no Event for {}", change.object(), e);
        }
    }

    @Override
    public synchronized void stop() {
        if (thread != null) {
            thread.interrupt();
            thread = null;
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return thread != null;
    }

    /** After the bindings were made, which the gate starts. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }
}
