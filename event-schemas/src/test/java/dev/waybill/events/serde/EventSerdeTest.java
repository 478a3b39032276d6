package dev.waybill.events.serde;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.events.NodeHeartbeat;
import dev.waybill.events.registry.SchemaRegistry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EventSerdeTest {
    /** Ids in order of registration. */
    private static final class ListRegistry implements SchemaRegistry {
        final List<Schema> schemas = new ArrayList<>();
        final List<String> subjects = new ArrayList<>();

        @Override
        public int register(String subject, Schema schema) {
            subjects.add(subject);
            if (!schemas.contains(schema)) {
                schemas.add(schema);
            }
            return schemas.indexOf(schema) + 1;
        }

        @Override
        public @Nullable Schema byId(int id) {
            return id > 0 && id <= schemas.size() ? schemas.get(id - 1) : null;
        }
    }

    private final ListRegistry registry = new ListRegistry();
    private final EventSerializer serializer = new EventSerializer(registry);
    private final EventDeserializer deserializer = new EventDeserializer(registry);
    private final NodeHeartbeat heartbeat = NodeHeartbeat.newBuilder()
            .setNodeName("n1")
            .setNodeEpoch(3)
            .setSequence(7)
            .build();

    @Test
    void readsBackWhatItWroteByTheRegistry() {
        byte[] bytes = serializer.serialize("t", heartbeat);
        assertKnown(deserializer.deserialize("t", bytes));
        assertThat(registry.subjects).containsExactly("dev.waybill.events.NodeHeartbeat");
    }

    @Test
    void readsItsOwnEventsWithoutARegistry() {
        RecordHeaders headers = new RecordHeaders();
        byte[] bytes = serializer.serialize("t", headers, heartbeat);
        assertKnown(new EventDeserializer().deserialize("t", headers, bytes));
    }

    @Test
    void whatIsNoEventIsAValueWithTheReason() {
        byte[] good = serializer.serialize("t", heartbeat);
        assertUndecodable("hello".getBytes(StandardCharsets.UTF_8), "wire format");
        assertUndecodable(new byte[0], "wire format");
        assertUndecodable(new byte[] {0, 0, 0, 0, 99, 1}, "no schema with id 99");
        assertUndecodable(Arrays.copyOf(good, good.length - 1), "not decodable");
        assertUndecodable(Arrays.copyOf(good, good.length + 1), "bytes are left");
        registry.register(
                "x", SchemaBuilder.record("Foreign").namespace("x").fields().endRecord());
        assertUndecodable(new byte[] {0, 0, 0, 0, (byte) registry.schemas.size()}, "unknown event x.Foreign");
    }

    private void assertKnown(@Nullable Payload payload) {
        assertThat(payload)
                .isInstanceOfSatisfying(
                        Payload.Known.class, known -> assertThat(known.event()).isEqualTo(heartbeat));
    }

    private void assertUndecodable(byte[] bytes, String cause) {
        Payload payload = deserializer.deserialize("t", bytes);
        assertThat(payload).isInstanceOfSatisfying(Payload.Undecodable.class, bad -> {
            assertThat(bad.bytes()).isEqualTo(bytes);
            assertThat(bad.cause()).contains(cause);
        });
    }
}
