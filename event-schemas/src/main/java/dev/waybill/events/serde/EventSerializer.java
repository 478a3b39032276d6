package dev.waybill.events.serde;

import dev.waybill.events.catalog.Topics;
import dev.waybill.events.registry.RestSchemaRegistry;
import dev.waybill.events.registry.SchemaRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DatumWriter;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/**
 * Events to bytes in the Confluent wire format, with the schema's fingerprint in a header. Subjects are record names;
 * topics of one record type are registered as {@code <topic>-value} too, where other systems look. Safe for several
 * threads.
 */
public final class EventSerializer implements Serializer<SpecificRecord> {
    /** Configuration key: URL of the schema registry. */
    public static final String REGISTRY_URL = "waybill.registry.url";

    private static final Set<String> SINGLE_TYPE_TOPICS =
            Set.of(Topics.REQUESTS.name(), Topics.SCHEDULER_REQUESTS.name(), Topics.OUTCOMES.name());

    static {
        EventSchemas.trust();
    }

    private final Map<String, Prepared> prepared = new ConcurrentHashMap<>();
    private @Nullable SchemaRegistry registry;

    /** For Kafka's configuration. */
    public EventSerializer() {}

    public EventSerializer(SchemaRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void configure(Map<String, ?> configs, boolean isKey) {
        if (registry == null) {
            Object url = configs.get(REGISTRY_URL);
            if (url == null) {
                throw new SerializationException(REGISTRY_URL + " is not configured");
            }
            registry = new RestSchemaRegistry(url.toString());
        }
    }

    @Override
    public byte @Nullable [] serialize(String topic, @Nullable SpecificRecord event) {
        return event == null ? null : encode(topic, event);
    }

    @Override
    public byte @Nullable [] serialize(String topic, Headers headers, @Nullable SpecificRecord event) {
        if (event == null) {
            return null;
        }
        headers.add(
                EventSchemas.FINGERPRINT_HEADER,
                EventSchemas.fingerprintOf(event).getBytes(StandardCharsets.US_ASCII));
        return encode(topic, event);
    }

    private byte[] encode(String topic, SpecificRecord event) {
        Prepared how = prepared.computeIfAbsent(
                topic + '/' + event.getSchema().getFullName(), key -> prepare(topic, event.getSchema()));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        bytes.writeBytes(how.header);
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
        try {
            how.writer.write(event, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private Prepared prepare(String topic, Schema schema) {
        if (registry == null) {
            throw new SerializationException("the serialiser was not configured");
        }
        int id = registry.register(schema.getFullName(), schema);
        if (SINGLE_TYPE_TOPICS.contains(topic) || topic.startsWith(Topics.REQUESTS.name() + ".")) {
            id = registry.register(topic + "-value", schema);
        }
        return new Prepared(WireFormat.header(id), new SpecificDatumWriter<>(schema));
    }

    @SuppressWarnings("ArrayRecordComponent") // five bytes, written out and never compared
    private record Prepared(byte[] header, DatumWriter<SpecificRecord> writer) {}
}
