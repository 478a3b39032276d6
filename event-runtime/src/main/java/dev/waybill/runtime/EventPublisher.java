package dev.waybill.runtime;

import dev.waybill.events.catalog.Topic;
import java.util.concurrent.CompletableFuture;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/** Publishes events: in order per key, acknowledged by every in-sync replica. Safe for several threads. */
public interface EventPublisher {

    /**
     * Publishes an event without waiting for it.
     *
     * @param event the event; null is a tombstone
     * @return completes when the brokers have it, exceptionally when they could not take it
     */
    CompletableFuture<Void> publish(Topic topic, String key, @Nullable SpecificRecord event, TraceContext trace);

    /** The same under a given id (the {@code ce_id} header), by which a request's outcome is found. */
    CompletableFuture<Void> publish(
            Topic topic, String key, @Nullable SpecificRecord event, TraceContext trace, String id);

    /**
     * Waits until everything published so far is acknowledged.
     *
     * @throws RetryableException when something since the last flush was not
     */
    void flush();
}
