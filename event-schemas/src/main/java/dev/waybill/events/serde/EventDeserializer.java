package dev.waybill.events.serde;

import dev.waybill.events.registry.RegistryUnavailableException;
import dev.waybill.events.registry.RestSchemaRegistry;
import dev.waybill.events.registry.SchemaRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Bytes to events, whatever the bytes are: what cannot be decoded becomes {@link Payload.Undecodable} with the reason,
 * so that one bad record never stops its partition. An event written by this build's schema is decoded without asking
 * the registry. While the registry is away, other records wait for it (up to {@link #PATIENCE}) instead of being
 * declared bad. Safe for several threads.
 */
public final class EventDeserializer implements Deserializer<Payload> {
    static {
        EventSchemas.trust();
    }

    /** Each thread's own, with the room that its longest string so far took. */
    private static final ThreadLocal<@Nullable BinaryDecoder> DECODER = new ThreadLocal<>();

    private static final Duration PATIENCE = Duration.ofMinutes(4);

    /** By the writer's schema itself: frozen ones and the registry's are each one object, and hashing one is cheap. */
    private final Map<Writer, DatumReader<SpecificRecord>> readers = new ConcurrentHashMap<>();

    private @Nullable SchemaRegistry registry;

    /** For Kafka's configuration. */
    public EventDeserializer() {}

    public EventDeserializer(SchemaRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void configure(Map<String, ?> configs, boolean isKey) {
        Object url = configs.get(EventSerializer.REGISTRY_URL);
        if (registry == null && url != null) {
            registry = new RestSchemaRegistry(url.toString());
        }
    }

    @Override
    public @Nullable Payload deserialize(String topic, byte @Nullable [] bytes) {
        return bytes == null ? null : decode(bytes, null);
    }

    @Override
    public @Nullable Payload deserialize(String topic, Headers headers, byte @Nullable [] bytes) {
        if (bytes == null) {
            return null;
        }
        Header fingerprint = headers.lastHeader(EventSchemas.FINGERPRINT_HEADER);
        return decode(
                bytes,
                fingerprint == null || fingerprint.value() == null
                        ? null
                        : new String(fingerprint.value(), StandardCharsets.US_ASCII));
    }

    private Payload decode(byte[] bytes, @Nullable String fingerprint) {
        if (bytes.length < WireFormat.HEADER_BYTES || bytes[0] != WireFormat.MAGIC) {
            return new Payload.Undecodable(
                    bytes, "not in the Confluent wire format: the first byte is not 0 or the value is too short");
        }
        int id = ByteBuffer.wrap(bytes, 1, 4).getInt();
        try {
            Schema writer = writerSchema(id, fingerprint);
            if (writer == null) {
                return new Payload.Undecodable(bytes, "no schema with id " + id + " in the registry");
            }
            Schema reader = EventSchemas.byName(writer.getFullName());
            if (reader == null) {
                return new Payload.Undecodable(bytes, "unknown event " + writer.getFullName());
            }
            BinaryDecoder decoder = decoder(bytes);
            SpecificRecord event = readerOf(writer, reader).read(null, decoder);
            if (!decoder.isEnd()) {
                return new Payload.Undecodable(bytes, "bytes are left after a whole " + reader.getName());
            }
            return new Payload.Known(event, bytes);
        } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException | IllegalArgumentException e) {
            return new Payload.Undecodable(bytes, "not decodable with schema id " + id + ": " + e);
        }
    }

    private static BinaryDecoder decoder(byte[] bytes) {
        BinaryDecoder decoder = DecoderFactory.get()
                .binaryDecoder(bytes, WireFormat.HEADER_BYTES, bytes.length - WireFormat.HEADER_BYTES, DECODER.get());
        DECODER.set(decoder);
        return decoder;
    }

    private DatumReader<SpecificRecord> readerOf(Schema writer, Schema reader) {
        return readers.computeIfAbsent(new Writer(writer), key -> new SpecificDatumReader<>(writer, reader));
    }

    /** A schema compared by identity: comparing two schemas, as comparing fingerprints, costs more than decoding. */
    private record Writer(Schema schema) {
        @Override
        @SuppressWarnings("ReferenceEquality")
        public boolean equals(@Nullable Object other) {
            return other instanceof Writer writer && writer.schema == schema;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(schema);
        }
    }

    private @Nullable Schema writerSchema(int id, @Nullable String fingerprint) {
        if (fingerprint != null) {
            Schema frozen = SchemaHistory.byFingerprint(fingerprint);
            if (frozen != null) {
                return frozen;
            }
        }
        return registry == null ? null : patiently(registry, id);
    }

    private static @Nullable Schema patiently(SchemaRegistry registry, int id) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        long pauseMillis = 50;
        while (true) {
            try {
                return registry.byId(id);
            } catch (RegistryUnavailableException e) {
                if (System.nanoTime() > deadline) {
                    throw new SerializationException("gave up waiting for the schema registry", e);
                }
                try {
                    Thread.sleep(pauseMillis);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    throw new SerializationException("interrupted while waiting for the schema registry", e);
                }
                pauseMillis = Math.min(2_000, pauseMillis * 2);
            }
        }
    }
}
