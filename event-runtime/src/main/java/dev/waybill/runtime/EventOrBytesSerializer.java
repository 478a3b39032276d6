package dev.waybill.runtime;

import dev.waybill.events.serde.EventSerializer;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/** Events in the wire format, and the bytes of dead letters as they came. Safe for several threads. */
public final class EventOrBytesSerializer implements Serializer<Object> {
    private final EventSerializer events = new EventSerializer();

    @Override
    public void configure(Map<String, ?> configs, boolean isKey) {
        events.configure(configs, isKey);
    }

    @Override
    public byte @Nullable [] serialize(String topic, @Nullable Object value) {
        return value instanceof byte[] bytes ? bytes : events.serialize(topic, (SpecificRecord) value);
    }

    @Override
    public byte @Nullable [] serialize(String topic, Headers headers, @Nullable Object value) {
        return value instanceof byte[] bytes ? bytes : events.serialize(topic, headers, (SpecificRecord) value);
    }
}
