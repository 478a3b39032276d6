package dev.waybill.events.catalog;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * One topic of the platform: its contract with everybody who reads or writes it. Immutable.
 *
 * @param name name on the broker
 * @param key what the record key holds
 * @param records record types that may appear as values
 * @param partitions partition count, fixed for ever
 * @param cleanup what the broker does with old records
 * @param retention age at which records are deleted; null for compacted topics
 * @param producers services that write it
 * @param consumers services that read it
 * @param purpose one sentence for the documentation
 */
public record Topic(
        String name,
        String key,
        List<Class<? extends SpecificRecord>> records,
        int partitions,
        Cleanup cleanup,
        @Nullable Duration retention,
        String producers,
        String consumers,
        String purpose) {

    /** The broker's cleanup policy. */
    public enum Cleanup {
        DELETE,
        COMPACT
    }

    /** Partitions of the topics that every node reads one partition of; a node's partition never changes. */
    public static final int NODE_PARTITIONS = 32;

    /** The partition of a node's records on a topic with {@link #NODE_PARTITIONS} partitions. */
    public static int partitionOfNode(String nodeName) {
        return Utils.toPositive(Utils.murmur2(nodeName.getBytes(StandardCharsets.UTF_8))) % NODE_PARTITIONS;
    }

    /** Whether records of a node are spread by the node's name, the part of the key before its first slash. */
    public boolean partitionedByNode() {
        return partitions == NODE_PARTITIONS;
    }

    /** The partition of a record with this key, or null to leave it to Kafka's default partitioner. */
    public @Nullable Integer partitionOf(String recordKey) {
        if (!partitionedByNode()) {
            return null;
        }
        int slash = recordKey.indexOf('/');
        return partitionOfNode(slash < 0 ? recordKey : recordKey.substring(0, slash));
    }

    /** The topic that holds what a consumer group could not handle of this one. */
    public String deadLetterName(String group) {
        return deadLetterName(name, group);
    }

    /** The topic that holds what a consumer group could not handle of the named topic. */
    public static String deadLetterName(String topic, String group) {
        return "error." + topic + "." + group;
    }

    /** The same contract under the name of one publisher's own request topic. */
    Topic named(String otherName, String otherProducers) {
        return new Topic(otherName, key, records, partitions, cleanup, retention, otherProducers, consumers, purpose);
    }
}
