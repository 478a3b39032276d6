package dev.waybill.runtime;

import dev.waybill.events.catalog.Topic;
import dev.waybill.events.serde.Payload;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.header.Headers;

/**
 * Records that nobody could handle, with their original bytes, and in headers why and where they stood. Topics are made
 * when they are first needed. Safe for several threads.
 */
public final class DeadLetters {
    /** Why the record could not be handled. */
    public static final String CAUSE = "waybill_cause";

    /** Where the record stood, as topic-partition-offset. */
    public static final String POSITION = "waybill_position";

    private static final Duration RETENTION = Duration.ofDays(30);
    private static final int MAX_CAUSE = 2_000;

    private final KafkaConnection connection;
    private final Set<String> ready = ConcurrentHashMap.newKeySet();

    public DeadLetters(KafkaConnection connection) {
        this.connection = connection;
    }

    /** The dead letter of a record, its topic being ready to take it. */
    public ProducerRecord<String, Object> of(ReceivedEvent received, String group, String cause) {
        String topic = Topic.deadLetterName(received.topic(), group);
        if (!ready.contains(topic)) {
            create(topic);
            ready.add(topic);
        }
        ProducerRecord<String, Object> record = new ProducerRecord<>(topic, received.key(), bytesOf(received));
        Headers headers = record.headers();
        headers.add(CAUSE, bytes(cause.length() > MAX_CAUSE ? cause.substring(0, MAX_CAUSE) : cause));
        headers.add(POSITION, bytes(received.position()));
        headers.add(EventRecords.ID, bytes(received.id()));
        if (!received.trace().isNone()) {
            headers.add(EventRecords.TRACEPARENT, bytes(received.trace().traceparent()));
        }
        return record;
    }

    private void create(String topic) {
        NewTopic wanted = new NewTopic(topic, 1, (short) -1)
                .configs(Map.of(TopicConfig.RETENTION_MS_CONFIG, Long.toString(RETENTION.toMillis())));
        try (Admin admin = Admin.create(connection.common())) {
            admin.createTopics(List.of(wanted)).all().get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new RetryableException("cannot create the dead-letter topic " + topic, e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RetryableException("interrupted while creating the dead-letter topic " + topic, e);
        }
    }

    private static byte[] bytesOf(ReceivedEvent received) {
        return switch (received.payload()) {
            case Payload.Known known -> known.bytes();
            case Payload.Undecodable undecodable -> undecodable.bytes();
            case Payload.Tombstone tombstone -> new byte[0];
        };
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
