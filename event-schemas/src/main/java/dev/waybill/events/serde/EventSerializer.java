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

    private static final int USUAL_BYTES = 4 << 10;
    private static final int MOST_KEPT_BYTES = 64 << 10;

    /** What each thread writes into; what it wrote is copied out once, at its length. */
    private static final ThreadLocal<ByteArrayOutputStream> BUFFER =
            ThreadLocal.withInitial(() -> new ByteArrayOutputStream(USUAL_BYTES));

    /** By topic, then by type of event. */
    private final Map<String, Map<Class<?>, Prepared>> prepared = new ConcurrentHashMap<>();

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
        return event == null ? null : how(topic, event).encode(event);
    }

    @Override
    public byte @Nullable [] serialize(String topic, Headers headers, @Nullable SpecificRecord event) {
        if (event == null) {
            return null;
        }
        Prepared how = how(topic, event);
        headers.add(EventSchemas.FINGERPRINT_HEADER, how.fingerprint);
        return how.encode(event);
    }

    private Prepared how(String topic, SpecificRecord event) {
        return prepared.computeIfAbsent(topic, _ -> new ConcurrentHashMap<>())
                .computeIfAbsent(event.getClass(), _ -> prepare(topic, event));
    }

    private Prepared prepare(String topic, SpecificRecord event) {
        Schema schema = event.getSchema();
        if (registry == null) {
            throw new SerializationException("the serialiser was not configured");
        }
        int id = registry.register(schema.getFullName(), schema);
        if (SINGLE_TYPE_TOPICS.contains(topic) || topic.startsWith(Topics.REQUESTS.name() + ".")) {
            id = registry.register(topic + "-value", schema);
        }
        return new Prepared(
                WireFormat.header(id),
                EventSchemas.fingerprintOf(event).getBytes(StandardCharsets.US_ASCII),
                new SpecificDatumWriter<>(schema));
    }

    @SuppressWarnings("ArrayRecordComponent") // a few bytes, written out and never compared
    private record Prepared(byte[] header, byte[] fingerprint, DatumWriter<SpecificRecord> writer) {
        byte[] encode(SpecificRecord event) {
            ByteArrayOutputStream bytes = BUFFER.get();
            bytes.reset();
            bytes.writeBytes(header);
            BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
            try {
                writer.write(event, encoder);
                encoder.flush();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            if (bytes.size() > MOST_KEPT_BYTES) {
                BUFFER.remove();
            }
            return bytes.toByteArray();
        }
    }
}
