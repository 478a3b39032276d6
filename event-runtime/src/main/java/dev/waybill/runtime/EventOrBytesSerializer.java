package dev.waybill.runtime;

import dev.waybill.events.objects.NodeKey;
import dev.waybill.events.serde.EventSerializer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/**
 * Events in the wire format, and the bytes of dead letters as they came; signed in a header where the client has a
 * node's key, or the cluster's. Safe for several threads.
 */
public final class EventOrBytesSerializer implements Serializer<Object> {
    /** Client property: the file of the key of the node that publishes. */
    public static final String NODE_KEY_FILE = "waybill.node.key-file";

    /** Client property: the file of the cluster's key, for one who speaks for any node. */
    public static final String CLUSTER_KEY_FILE = "waybill.nodes.key-file";

    private final EventSerializer events = new EventSerializer();
    private @Nullable NodeKey own;
    private @Nullable NodeKey cluster;

    @Override
    public void configure(Map<String, ?> configs, boolean isKey) {
        events.configure(configs, isKey);
        own = key(configs.get(NODE_KEY_FILE));
        cluster = key(configs.get(CLUSTER_KEY_FILE));
    }

    private static @Nullable NodeKey key(@Nullable Object file) {
        try {
            return file == null ? null : NodeKey.read(Path.of(file.toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public byte @Nullable [] serialize(String topic, @Nullable Object value) {
        return value instanceof byte[] bytes ? bytes : events.serialize(topic, (SpecificRecord) value);
    }

    @Override
    public byte @Nullable [] serialize(String topic, Headers headers, @Nullable Object value) {
        if (value instanceof byte[] bytes) {
            return bytes;
        }
        byte[] encoded = events.serialize(topic, headers, (SpecificRecord) value);
        NodeKey key = own;
        if (cluster != null && value instanceof SpecificRecord event) {
            String node = NodeSignatures.node(event);
            key = node == null ? null : cluster.of(node);
        }
        if (key != null && encoded != null) {
            headers.add(NodeKey.HEADER, key.sign(topic, encoded));
        }
        return encoded;
    }
}
