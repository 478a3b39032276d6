package dev.waybill.runtime;

import dev.waybill.events.catalog.Topic;
import dev.waybill.events.serde.Payload;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Between Kafka's records and events: CloudEvents attributes in binary mode (CloudEvents Kafka protocol binding,
 * section 3.2) and the W3C trace context, both as headers. Stateless.
 */
public final class EventRecords {
    public static final String ID = "ce_id";
    public static final String TRACEPARENT = "traceparent";

    private static final byte[] SPEC_VERSION = bytes("1.0");
    private static final byte[] CONTENT_TYPE = bytes("application/avro");

    private EventRecords() {}

    /** A record to send, with a new id. A null event is a tombstone. */
    public static ProducerRecord<String, Object> toSend(
            Topic topic, String key, @Nullable SpecificRecord event, TraceContext trace, String source) {
        return toSend(topic, key, event, trace, source, newId());
    }

    /** A record to send. A null event is a tombstone. */
    public static ProducerRecord<String, Object> toSend(
            Topic topic, String key, @Nullable SpecificRecord event, TraceContext trace, String source, String id) {
        ProducerRecord<String, Object> record = new ProducerRecord<>(topic.name(), topic.partitionOf(key), key, event);
        Headers headers = record.headers();
        if (event != null) {
            headers.add("ce_specversion", SPEC_VERSION);
            headers.add("ce_type", bytes(event.getSchema().getFullName()));
            headers.add("ce_source", bytes("/waybill/" + source));
            headers.add("ce_time", bytes(Instant.now().toString()));
            headers.add("ce_subject", bytes(key));
            headers.add("content-type", CONTENT_TYPE);
            headers.add(ID, bytes(id)); // what receivers look for comes last, which is where they begin
        }
        if (!trace.isNone()) {
            headers.add(TRACEPARENT, bytes(trace.traceparent()));
        }
        return record;
    }

    /** A record that was received. */
    public static ReceivedEvent received(ConsumerRecord<?, ?> record) {
        return received(record, record.value() instanceof Payload payload ? payload : new Payload.Tombstone());
    }

    /** A record that was received and turned out to hold this. */
    public static ReceivedEvent received(ConsumerRecord<?, ?> record, Payload payload) {
        String id = header(record, ID);
        return new ReceivedEvent(
                payload,
                record.key() == null ? "" : record.key().toString(),
                record.topic(),
                record.partition(),
                record.offset(),
                Instant.ofEpochMilli(record.timestamp()),
                id != null && !id.isBlank() ? id : record.topic() + "-" + record.partition() + "-" + record.offset(),
                TraceContext.parse(header(record, TRACEPARENT)));
    }

    /** A new id for an event or a request: random, and cheap to make. */
    public static String newId() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new UUID(
                        (random.nextLong() & 0xffffffffffff0fffL) | 0x4000L,
                        (random.nextLong() & 0x3fffffffffffffffL) | 0x8000000000000000L)
                .toString();
    }

    private static @Nullable String header(ConsumerRecord<?, ?> record, String name) {
        Header header = record.headers().lastHeader(name);
        return header == null || header.value() == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
