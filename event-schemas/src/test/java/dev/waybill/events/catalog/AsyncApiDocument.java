package dev.waybill.events.catalog;

import static java.util.Map.entry;

import dev.waybill.events.catalog.KafkaAccess.Grant;
import dev.waybill.events.catalog.KafkaAccess.Operation;
import dev.waybill.events.catalog.KafkaAccess.Target;
import dev.waybill.events.objects.NodeKey;
import dev.waybill.events.serde.EventSchemas;
import dev.waybill.events.serde.SchemaHistory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;

/**
 * The catalogue as an AsyncAPI 3.0.0 document (Kafka bindings 0.5.0), as trees of maps and lists: the topics as
 * channels, and what a system outside may do with them as operations. Stateless.
 */
final class AsyncApiDocument {
    private static final String BINDINGS = "0.5.0";
    private static final String PREFIX = "waybill.";
    /** What each publisher has for itself. */
    private static final Topic OWN_REQUESTS = Topics.requestsOf("{publisher}");

    private AsyncApiDocument() {}

    /** The whole document. */
    static Map<String, Object> tree() {
        return tree(
                entry("asyncapi", "3.0.0"),
                entry("info", tree(entry("title", "Waybill"), entry("version", "0.1.0"), entry("description", """
                                        Generated from `Topics`. The application of this document is a system outside Waybill: it sends
                                        requests and receives answers and facts. The channels are all of Waybill's topics; the operations
                                        are what such a system may do.

                                        Values are Avro in the Confluent wire format. Each schema is the newest frozen version; older
                                        records may have been written with one of those beside it, and each reads all others. Subjects in the
                                        registry are record names, and `<topic>-value` for requests and outcomes. What a consumer group of
                                        Waybill cannot read or handle goes to `error.<topic>.<group>`, with the cause in the header
                                        `waybill_cause`.

                                        Where the broker checks rights (`deploy/kafka-acls.sh`), a publisher may write its own request topic
                                        and read `waybill.outcomes`; reading anything else takes a right that the broker's administrator gives.
                                        """))),
                entry(
                        "servers",
                        tree(entry(
                                "local",
                                tree(
                                        entry("host", "localhost:9092"),
                                        entry("protocol", "kafka"),
                                        entry(
                                                "description",
                                                "Broker and registry where docs/configuration.md has them unless told otherwise."),
                                        entry(
                                                "bindings",
                                                kafka(
                                                        entry("schemaRegistryUrl", "http://localhost:8081"),
                                                        entry("schemaRegistryVendor", "confluent"))))))),
                entry("defaultContentType", "application/avro"),
                entry("channels", channels()),
                entry("operations", operations()),
                entry(
                        "components",
                        tree(
                                entry("messages", messages()),
                                entry("messageTraits", tree(entry("event", tree(entry("headers", headers()))))))));
    }

    private static Map<String, Object> channels() {
        Map<String, Object> channels = new LinkedHashMap<>();
        for (Topic topic : topics()) {
            Map<String, Object> messages = new LinkedHashMap<>();
            topic.records()
                    .forEach(type ->
                            messages.put(type.getSimpleName(), ref("#/components/messages/" + type.getSimpleName())));
            Map<String, Object> channel = tree(
                    entry("address", topic.name()),
                    entry("summary", topic.purpose()),
                    entry(
                            "description",
                            "Key: " + topic.key() + ". Producers: "
                                    + (topic.equals(OWN_REQUESTS) ? "that system" : topic.producers()) + ". Consumers: "
                                    + topic.consumers() + "." + tombstones(topic) + ownPartition(topic)),
                    entry("messages", messages));
            if (topic.equals(OWN_REQUESTS)) {
                channel.put("summary", "Wishes of one system outside, decided with the rights of its own user.");
                channel.put(
                        "parameters",
                        tree(entry(
                                "publisher",
                                tree(entry(
                                        "description",
                                        "Name of the system, one of `waybill.gateway.publishers`. Its user is"
                                                + " `system:publisher:<name>`, whatever the request says.")))));
            }
            channel.put(
                    "bindings",
                    kafka(entry("partitions", topic.partitions()), entry("topicConfiguration", configuration(topic))));
            channels.put(id(topic), channel);
        }
        return channels;
    }

    private static String tombstones(Topic topic) {
        return topic.cleanup() == Topic.Cleanup.COMPACT
                ? " A record without a value takes back what was under its key."
                : "";
    }

    private static String ownPartition(Topic topic) {
        return topic.partitionedByNode()
                ? " Partition: murmur2 of the node's name, which is the key up to its first slash."
                : "";
    }

    private static Map<String, Object> configuration(Topic topic) {
        Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put(
                "cleanup.policy",
                switch (topic.cleanup()) {
                    case DELETE -> List.of("delete");
                    case COMPACT -> List.of("compact");
                });
        if (topic.retention() != null) {
            configuration.put("retention.ms", topic.retention().toMillis());
        }
        return configuration;
    }

    private static Map<String, Object> operations() {
        Map<String, Object> operations = new LinkedHashMap<>();
        for (Topic topic : topics()) {
            if (publisherMay(Operation.WRITE, topic)) {
                Map<String, Object> send = operation("send", topic, "Ask for a change.");
                send.put("reply", onChannel(Topics.OUTCOMES));
                operations.put("send-" + id(topic), send);
            }
            if (publisherMay(Operation.READ, topic) || topic.consumers().contains("dashboards")) {
                operations.put("receive-" + id(topic), operation("receive", topic, topic.purpose()));
            }
        }
        return operations;
    }

    private static boolean publisherMay(Operation operation, Topic topic) {
        return KafkaAccess.ofPublisher("{publisher}")
                .contains(
                        new Grant(KafkaAccess.publisher("{publisher}"), operation, Target.TOPIC, topic.name(), false));
    }

    private static Map<String, Object> operation(String action, Topic topic, String summary) {
        Map<String, Object> operation = tree(entry("action", action), entry("summary", summary));
        operation.putAll(onChannel(topic));
        return operation;
    }

    private static Map<String, Object> onChannel(Topic topic) {
        String channel = "#/channels/" + id(topic);
        return tree(
                entry("channel", ref(channel)),
                entry(
                        "messages",
                        topic.records().stream()
                                .map(type -> ref(channel + "/messages/" + type.getSimpleName()))
                                .toList()));
    }

    private static Map<String, Object> messages() {
        Map<String, Object> messages = new LinkedHashMap<>();
        for (Topic topic : topics()) {
            for (Class<? extends SpecificRecord> type : topic.records()) {
                Map<String, Object> message = message(topic, type);
                Object other = messages.putIfAbsent(type.getSimpleName(), message);
                if (other != null && !other.equals(message)) {
                    throw new IllegalStateException(type.getSimpleName() + " has another key on " + topic.name());
                }
            }
        }
        return messages;
    }

    private static Map<String, Object> message(Topic topic, Class<? extends SpecificRecord> type) {
        Schema schema = SpecificData.get().getSchema(type);
        Map<String, Object> message = tree(
                entry("name", schema.getFullName()),
                entry("title", type.getSimpleName()),
                entry("summary", schema.getDoc()),
                entry("contentType", "application/avro"),
                entry("traits", List.of(ref("#/components/messageTraits/event"))));
        // By these two an answer finds its question.
        if (topic.equals(Topics.OUTCOMES)) {
            message.put("correlationId", tree(entry("location", "$message.payload#/requestId")));
        } else if (topic.records().equals(OWN_REQUESTS.records())) {
            message.put("correlationId", tree(entry("location", "$message.header#/ce_id")));
        }
        message.put(
                "payload",
                tree(
                        entry("schemaFormat", "application/vnd.apache.avro;version=1.9.0"),
                        entry("schema", ref(frozen(schema)))));
        message.put(
                "bindings",
                kafka(
                        entry("key", tree(entry("type", "string"), entry("description", topic.key()))),
                        entry("schemaIdLocation", "payload"),
                        entry("schemaIdPayloadEncoding", "confluent")));
        return message;
    }

    /** The newest frozen version: unlike the sources, each of those files stands alone. */
    private static String frozen(Schema schema) {
        List<Schema> versions = SchemaHistory.versions(schema.getName());
        // What changed is frozen in this very run, or the test of the history fails.
        int newest = versions.contains(schema) ? versions.size() : versions.size() + 1;
        return "../event-schemas/src/main/resources/schema-history/" + schema.getName() + "/" + newest + ".avsc";
    }

    private static Map<String, Object> headers() {
        return tree(
                entry("type", "object"),
                entry(
                        "description",
                        "CloudEvents 1.0 in binary mode, W3C Trace Context, and the schema's fingerprint. Waybill"
                                + " sends all that it has; of others it needs none."),
                entry(
                        "properties",
                        tree(
                                entry("ce_specversion", text("Version of CloudEvents.", entry("const", "1.0"))),
                                entry(
                                        "ce_id",
                                        text("Id of the event. A request without one has topic-partition-offset.")),
                                entry("ce_type", text("Full name of the record, which is the message's name.")),
                                entry("ce_source", text("Who sent it, such as /waybill/gateway.")),
                                entry("ce_time", text("When it was sent.", entry("format", "date-time"))),
                                entry("ce_subject", text("The record's key.")),
                                entry(
                                        "content-type",
                                        text("Media type of the value.", entry("const", "application/avro"))),
                                entry(
                                        "traceparent",
                                        text(
                                                "The trace that it belongs to; absent without one.",
                                                entry("pattern", "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"))),
                                entry(
                                        EventSchemas.FINGERPRINT_HEADER,
                                        text(
                                                "CRC-64-AVRO fingerprint of the schema that wrote the value.",
                                                entry("pattern", "^[0-9a-f]{16}$"))),
                                entry(NodeKey.HEADER, text("Signature of what a node sent.")))));
    }

    /** The catalogue's topics, and the one that each publisher has for itself. */
    private static List<Topic> topics() {
        List<Topic> topics = new ArrayList<>(Topics.all());
        topics.add(topics.indexOf(Topics.REQUESTS) + 1, OWN_REQUESTS);
        return topics;
    }

    private static String id(Topic topic) {
        return topic.equals(OWN_REQUESTS) ? "publisher-requests" : topic.name().substring(PREFIX.length());
    }

    @SafeVarargs
    private static Map<String, Object> text(String description, Map.Entry<String, ?>... more) {
        Map<String, Object> text = tree(entry("type", "string"), entry("description", description));
        text.putAll(tree(more));
        return text;
    }

    @SafeVarargs
    private static Map<String, Object> kafka(Map.Entry<String, ?>... entries) {
        Map<String, Object> binding = tree(entries);
        binding.put("bindingVersion", BINDINGS);
        return tree(entry("kafka", binding));
    }

    private static Map<String, Object> ref(String target) {
        return tree(entry("$ref", target));
    }

    /** A map that keeps its order, and that its caller may add to. */
    @SafeVarargs
    private static Map<String, Object> tree(Map.Entry<String, ?>... entries) {
        Map<String, Object> tree = new LinkedHashMap<>();
        for (Map.Entry<String, ?> entry : entries) {
            tree.put(entry.getKey(), entry.getValue());
        }
        return tree;
    }
}
