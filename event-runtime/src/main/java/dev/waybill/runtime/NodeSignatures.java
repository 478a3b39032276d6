package dev.waybill.runtime;

import dev.waybill.events.NodeRegistered;
import dev.waybill.events.NodeStatusReported;
import dev.waybill.events.PodStatusReported;
import dev.waybill.events.PodTerminated;
import dev.waybill.events.objects.NodeKey;
import dev.waybill.events.serde.Payload;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** Tells whether what a node reports was signed with that node's key. Thread-safe. */
public final class NodeSignatures {
    private static final int REMEMBERED = 20_000;

    private final NodeKey cluster;
    private final Map<String, NodeKey> keys = new ConcurrentHashMap<>();

    /** @param cluster the key that each node's is derived from */
    public NodeSignatures(NodeKey cluster) {
        this.cluster = cluster;
    }

    /** The record as it may be believed: what the node that it names has not signed is undecodable, with the cause. */
    public Payload believed(ConsumerRecord<String, Payload> record) {
        if (!(record.value() instanceof Payload.Known known)) {
            return record.value();
        }
        String node = node(known.event());
        if (node == null) {
            return known;
        }
        Header signature = record.headers().lastHeader(NodeKey.HEADER);
        if (signature == null || signature.value() == null) {
            return new Payload.Undecodable(known.bytes(), "not signed by node " + node);
        }
        return key(node).signed(record.topic(), known.bytes(), signature.value())
                ? known
                : new Payload.Undecodable(known.bytes(), "not signed with the key of node " + node);
    }

    /** The node whose word an event is; null for events that are nobody's in particular. */
    static @Nullable String node(SpecificRecord event) {
        return switch (event) {
            case NodeRegistered said -> said.getNodeName();
            case NodeStatusReported said -> said.getNodeName();
            case PodStatusReported said -> said.getNodeName();
            case PodTerminated said -> said.getNodeName();
            default -> null;
        };
    }

    private NodeKey key(String node) {
        if (keys.size() >= REMEMBERED) {
            keys.clear();
        }
        return keys.computeIfAbsent(node, cluster::of);
    }
}
