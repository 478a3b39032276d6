package dev.waybill.runtime;

import dev.waybill.events.catalog.Topic;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** One idempotent producer for a whole service, made at first use. Safe for several threads. */
public final class KafkaEventPublisher implements EventPublisher, AutoCloseable {
    private static final int BUFFER_BYTES = 16 << 20;

    private final KafkaConnection connection;
    private final String source;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private @Nullable Producer<String, Object> producer;
    private boolean closed;

    public KafkaEventPublisher(KafkaConnection connection, String source) {
        this.connection = connection;
        this.source = source;
    }

    @Override
    public CompletableFuture<Void> publish(
            Topic topic, String key, @Nullable SpecificRecord event, TraceContext trace) {
        return send(EventRecords.toSend(topic, key, event, trace, source));
    }

    @Override
    public CompletableFuture<Void> publish(
            Topic topic, String key, @Nullable SpecificRecord event, TraceContext trace, String id) {
        return send(EventRecords.toSend(topic, key, event, trace, source, id));
    }

    CompletableFuture<Void> send(ProducerRecord<String, Object> record) {
        CompletableFuture<Void> sent = new CompletableFuture<>();
        try {
            producer().send(record, (metadata, exception) -> {
                if (exception == null) {
                    sent.complete(null);
                } else {
                    failure.compareAndSet(null, exception);
                    sent.completeExceptionally(exception);
                }
            });
        } catch (RuntimeException e) { // KafkaProducer throws some failures instead of reporting them
            failure.compareAndSet(null, e);
            sent.completeExceptionally(e);
        }
        return sent;
    }

    @Override
    public void flush() {
        producer().flush();
        Throwable lost = failure.getAndSet(null);
        if (lost != null) {
            throw new RetryableException("an event could not be published", lost);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (producer != null) {
            producer.close(java.time.Duration.ofSeconds(5));
            producer = null;
        }
    }

    private synchronized Producer<String, Object> producer() {
        if (closed) {
            throw new IllegalStateException("the publisher is closed");
        }
        if (producer == null) {
            Map<String, Object> properties = connection.producer();
            properties.put(ProducerConfig.CLIENT_ID_CONFIG, source);
            properties.put(ProducerConfig.BUFFER_MEMORY_CONFIG, BUFFER_BYTES);
            // What comes while a request is on its way goes together in the next one: under load far fewer requests.
            properties.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1);
            producer = new KafkaProducer<>(properties);
        }
        return producer;
    }
}
