package dev.waybill.gateway.http;

import dev.waybill.gateway.state.ResourceDelta;
import dev.waybill.gateway.state.ResourceImage;
import dev.waybill.gateway.state.ResourceKey;
import dev.waybill.gateway.state.StoredObject;
import dev.waybill.gateway.state.kafka.ResourceTail;
import dev.waybill.gateway.state.kafka.RevisionGoneException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Looks at objects of one type when they change, and at all of them now and then, on the gateway that writes: for work
 * that takes a key which only gateways have. What is asked for and lost is asked for again at the next look at all of
 * them. A thread of its own.
 */
final class Upkeep implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(Upkeep.class);

    /** How often all objects are looked at, for what was missed while another gateway was the writer. */
    private static final Duration ROUND = Duration.ofMinutes(1);

    private final String name;
    private final ResourceTail.Type type;
    private final ResourceTail tail;
    private final GatewayReadiness writing;
    private final Duty duty;
    private final BlockingQueue<ResourceKey> changed = new LinkedBlockingQueue<>();
    private @Nullable Thread thread;

    /** What there is to do. */
    interface Duty {
        /** Whether an object is to be looked at; called by the tail's thread too. */
        boolean concerns(StoredObject object);

        /** Asks for what is missing of an object that is there and stays. */
        void look(ResourceImage image, StoredObject object);
    }

    /** @param writing whether this gateway is the writer, with everything read */
    Upkeep(String name, ResourceTail.Type type, ResourceTail tail, GatewayReadiness writing, Duty duty) {
        this.name = name;
        this.type = type;
        this.tail = tail;
        this.writing = writing;
        this.duty = duty;
    }

    @Override
    public synchronized void start() {
        thread = Thread.ofVirtual().name(name).start(this::run);
    }

    private void run() {
        try {
            while (!writing.getAsBoolean()) {
                Thread.sleep(Duration.ofMillis(200));
            }
            try (ResourceTail.Subscription _ = tail.subscribe(tail.image().revision(), type, this::offer)) {
                lookAtAll();
                follow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RevisionGoneException e) {
            log.error("{}: {} are not looked after", name, type.resource(), e);
        }
    }

    private void offer(List<ResourceDelta> batch) {
        for (ResourceDelta delta : batch) {
            if (delta.change() != ResourceDelta.Change.DELETED && duty.concerns(delta.object())) {
                changed.add(delta.key());
            }
        }
    }

    private void follow() throws InterruptedException {
        long round = System.nanoTime() + ROUND.toNanos();
        while (true) {
            ResourceKey key = changed.poll(round - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (key != null) {
                look(key);
            }
            if (round - System.nanoTime() <= 0) { // however much changes
                lookAtAll();
                round = System.nanoTime() + ROUND.toNanos();
            }
        }
    }

    private void lookAtAll() {
        tail.image().list(type.group(), type.resource(), null).stream()
                .filter(duty::concerns)
                .forEach(object -> look(object.key()));
    }

    private void look(ResourceKey key) {
        ResourceImage image = tail.image();
        StoredObject object = image.get(key);
        if (object == null || object.deleting() || !duty.concerns(object) || !writing.getAsBoolean()) {
            return;
        }
        try {
            duty.look(image, object);
        } catch (RuntimeException e) {
            log.error("{}: {} cannot be looked after", name, key, e);
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
}
