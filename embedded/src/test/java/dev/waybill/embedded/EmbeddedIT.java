package dev.waybill.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.waybill.events.registry.RegistryRefusedException;
import dev.waybill.events.registry.RestSchemaRegistry;
import dev.waybill.events.serde.EventSchemas;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The embedded broker, registry and Redis are real and keep what they were given. */
class EmbeddedIT {
    @TempDir
    Path directory;

    @Test
    void schemasOutliveTheRegistryAndTheBroker() {
        Schema schema = EventSchemas.all().values().iterator().next();
        int id;
        try (EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"));
                EmbeddedSchemaRegistry registry = EmbeddedSchemaRegistry.start(kafka.bootstrapServers(), 0)) {
            RestSchemaRegistry client = new RestSchemaRegistry(registry.url());
            id = client.register("s", schema);
            assertThat(client.register("other", schema)).isEqualTo(id);
            Schema incompatible = SchemaBuilder.record(schema.getName())
                    .namespace(schema.getNamespace())
                    .fields()
                    .requiredBytes("new")
                    .endRecord();
            assertThatThrownBy(() -> client.register("s", incompatible))
                    .isInstanceOf(RegistryRefusedException.class)
                    .hasMessageContaining("incompatible");
        }
        try (EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"));
                EmbeddedSchemaRegistry registry = EmbeddedSchemaRegistry.start(kafka.bootstrapServers(), 0)) {
            RestSchemaRegistry client = new RestSchemaRegistry(registry.url());
            assertThat(client.byId(id)).isEqualTo(schema);
            assertThat(client.byId(id + 1)).isNull();
        }
    }

    @Test
    void redisStartsAgainAfterItsParentWasKilled() throws Exception {
        EmbeddedRedis abandoned = EmbeddedRedis.start(directory);
        try (EmbeddedRedis redis = EmbeddedRedis.start(directory)) {
            assertThat(redis.pid()).isNotEqualTo(abandoned.pid());
            assertThat(ProcessHandle.of(abandoned.pid()).filter(ProcessHandle::isAlive))
                    .isEmpty();
            assertThat(redis.url()).startsWith("redis://:");
        }
    }

    @Test
    void redisThatDiesIsStartedAgainForTheSameClients() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.start(directory)) {
            long first = redis.pid();
            ProcessHandle.of(first).ifPresent(ProcessHandle::destroyForcibly);
            long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
            while (redis.pid() == first) {
                assertThat(System.nanoTime()).as("another server").isLessThan(deadline);
                Thread.sleep(20);
            }
            assertThat(ProcessHandle.of(redis.pid())).isPresent();
        }
    }
}
