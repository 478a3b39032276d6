package dev.waybill.runtime;

import dev.waybill.events.serde.Payload;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns handlers of one event into the functions that Spring Cloud Stream binds to topics. Whatever happens, the
 * partition moves on: bytes that are no event, and events that a handler throws on, become dead letters with their
 * cause; only a {@link RetryableException} or an interruption makes the whole batch come again. What a batch published
 * is acknowledged before its offsets are committed. Safe for several threads.
 */
public final class EventHandlers {
    private static final Logger log = LoggerFactory.getLogger(EventHandlers.class);

    private final KafkaEventPublisher publisher;
    private final DeadLetters deadLetters;
    private final String group;

    public EventHandlers(KafkaEventPublisher publisher, DeadLetters deadLetters, String group) {
        this.publisher = publisher;
        this.deadLetters = deadLetters;
        this.group = group;
    }

    /**
     * A function for a binding in batch mode.
     *
     * @param function name of the function, for the log
     * @param handler called for each event in order; tombstones are passed over
     */
    public Consumer<List<ReceivedEvent>> forEach(String function, EventHandler handler) {
        return batch -> {
            for (ReceivedEvent received : batch) {
                handle(function, handler, received);
            }
            publisher.flush();
        };
    }

    private void handle(String function, EventHandler handler, ReceivedEvent received) {
        switch (received.payload()) {
            case Payload.Known known -> handleKnown(function, handler, received);
            case Payload.Undecodable undecodable -> bury(function, received, undecodable.cause());
            case Payload.Tombstone tombstone -> {}
        }
    }

    private void handleKnown(String function, EventHandler handler, ReceivedEvent received) {
        try {
            handler.handle(received);
        } catch (RetryableException | KafkaException e) {
            log.warn("{} will come to {} again: {}", function, received.position(), e.toString());
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RetryableException(function + " was interrupted at " + received.position(), e);
        } catch (Exception e) {
            log.warn("{} could not handle {}", function, received.position(), e);
            bury(function, received, e.toString());
        }
    }

    private void bury(String function, ReceivedEvent received, String cause) {
        log.warn("{}: dead letter for {}: {}", function, received.position(), cause);
        publisher.send(deadLetters.of(received, group, cause));
    }
}
