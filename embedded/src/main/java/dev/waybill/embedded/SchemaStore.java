package dev.waybill.embedded;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Schemas by subject and id, kept in the compacted topic {@code _schemas} in the records that Confluent's registry
 * writes there. One instance writes a topic at a time. Safe for several threads.
 */
final class SchemaStore implements AutoCloseable {
    /** New versions must be readable by, and able to read, the latest one. */
    static final String COMPATIBILITY = "FULL";

    private static final String TOPIC = "_schemas";

    /** One version of a subject. */
    record StoredSchema(String subject, int version, int id, String schema) {}

    private final KafkaProducer<String, String> producer;
    private final Map<String, List<StoredSchema>> bySubject = new TreeMap<>();
    private final Map<Integer, StoredSchema> byId = new HashMap<>();
    private final Map<String, Integer> idOfSchema = new HashMap<>();

    private SchemaStore(KafkaProducer<String, String> producer) {
        this.producer = producer;
    }

    /** Opens the store, reading the topic to its end. */
    static SchemaStore open(String bootstrapServers) {
        createTopic(bootstrapServers);
        SchemaStore store = new SchemaStore(new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers, "acks", "all", "enable.metrics.push", false),
                new StringSerializer(),
                new StringSerializer()));
        store.replay(bootstrapServers);
        return store;
    }

    synchronized StoredSchema register(String subject, String text) throws IncompatibleSchemaException {
        String schema = canonical(text);
        List<StoredSchema> versions = bySubject.getOrDefault(subject, List.of());
        for (StoredSchema stored : versions) {
            if (stored.schema().equals(schema)) {
                return stored;
            }
        }
        if (!versions.isEmpty()) {
            checkCompatible(subject, versions.getLast().schema(), schema);
        }
        int version = versions.isEmpty() ? 1 : versions.getLast().version() + 1;
        int id = idOfSchema.getOrDefault(
                schema, byId.keySet().stream().mapToInt(i -> i).max().orElse(0) + 1);
        StoredSchema stored = new StoredSchema(subject, version, id, schema);
        append(stored);
        replay(stored);
        return stored;
    }

    synchronized List<String> subjects() {
        return List.copyOf(bySubject.keySet());
    }

    synchronized List<StoredSchema> versions(String subject) {
        return List.copyOf(bySubject.getOrDefault(subject, List.of()));
    }

    synchronized Optional<StoredSchema> byId(int id) {
        return Optional.ofNullable(byId.get(id));
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(2));
    }

    /** The schema as text without insignificant white space. */
    static String canonical(String text) {
        return new Schema.Parser().parse(text).toString();
    }

    private static void checkCompatible(String subject, String latest, String candidate)
            throws IncompatibleSchemaException {
        Schema old = new Schema.Parser().parse(latest);
        Schema fresh = new Schema.Parser().parse(candidate);
        for (var pair : List.of(
                SchemaCompatibility.checkReaderWriterCompatibility(fresh, old),
                SchemaCompatibility.checkReaderWriterCompatibility(old, fresh))) {
            if (pair.getType() != SchemaCompatibilityType.COMPATIBLE) {
                throw new IncompatibleSchemaException(
                        "Schema being registered is incompatible with an earlier schema" + " for subject \"" + subject
                                + "\": " + pair.getResult().getIncompatibilities());
            }
        }
    }

    private void append(StoredSchema stored) {
        JsonMapper json = JsonMapper.shared();
        String key = json.createObjectNode()
                .put("keytype", "SCHEMA")
                .put("subject", stored.subject())
                .put("version", stored.version())
                .put("magic", 1)
                .toString();
        String value = json.createObjectNode()
                .put("subject", stored.subject())
                .put("version", stored.version())
                .put("id", stored.id())
                .put("schema", stored.schema())
                .put("deleted", false)
                .toString();
        try {
            producer.send(new ProducerRecord<>(TOPIC, key, value)).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the topic " + TOPIC + " took no record", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while writing " + TOPIC, e);
        }
    }

    private synchronized void replay(StoredSchema stored) {
        bySubject
                .computeIfAbsent(stored.subject(), subject -> new ArrayList<>())
                .add(stored);
        byId.putIfAbsent(stored.id(), stored);
        idOfSchema.putIfAbsent(stored.schema(), stored.id());
    }

    private void replay(String bootstrapServers) {
        Map<String, Object> properties = Map.of(
                "bootstrap.servers", bootstrapServers, "enable.auto.commit", false, "enable.metrics.push", false);
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
            TopicPartition partition = new TopicPartition(TOPIC, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                    if (record.key() != null && record.value() != null) {
                        replay(JsonMapper.shared().readTree(record.key()), record.value());
                    }
                }
            }
        }
    }

    private void replay(JsonNode key, String value) {
        if (!key.path("keytype").asString("").equals("SCHEMA")) {
            return;
        }
        JsonNode node = JsonMapper.shared().readTree(value);
        replay(new StoredSchema(
                node.path("subject").asString(),
                node.path("version").asInt(),
                node.path("id").asInt(),
                node.path("schema").asString()));
    }

    private static void createTopic(String bootstrapServers) {
        NewTopic topic = new NewTopic(TOPIC, 1, (short) -1)
                .configs(Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers, "enable.metrics.push", false))) {
            admin.createTopics(List.of(topic)).all().get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new IllegalStateException("cannot create the topic " + TOPIC, e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while creating " + TOPIC, e);
        }
    }
}
