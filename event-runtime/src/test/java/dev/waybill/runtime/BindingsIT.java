package dev.waybill.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.waybill.embedded.EmbeddedKafka;
import dev.waybill.embedded.EmbeddedSchemaRegistry;
import dev.waybill.events.NodeHeartbeat;
import dev.waybill.events.catalog.Topic;
import dev.waybill.events.catalog.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What a binding does with good events, junk, failing handlers and dependencies that are away. */
@Timeout(600)
class BindingsIT {
    private static final BlockingQueue<ReceivedEvent> HANDLED = new LinkedBlockingQueue<>();

    @TempDir
    Path directory;

    @Configuration
    @EnableAutoConfiguration
    static class Service {
        private final AtomicInteger attempts = new AtomicInteger();

        @Bean
        Consumer<List<ReceivedEvent>> onHeartbeat(EventHandlers handlers) {
            return handlers.forEach("onHeartbeat", received -> {
                long sequence = ((NodeHeartbeat) received.event()).getSequence();
                if (sequence == 3) {
                    throw new IllegalStateException("cannot stand a three");
                }
                if (sequence == 4 && attempts.incrementAndGet() < 3) {
                    throw new RetryableException("redis is away");
                }
                HANDLED.add(received);
            });
        }
    }

    @Test
    void junkAndFailuresBecomeDeadLettersAndThePartitionMovesOn() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.start(directory);
                EmbeddedSchemaRegistry registry = EmbeddedSchemaRegistry.start(kafka.bootstrapServers(), 0)) {
            KafkaConnection connection = new KafkaConnection(kafka.bootstrapServers(), registry.url(), Map.of());
            TopicProvisioner.ensure(connection, Topics.all());
            TopicProvisioner.ensure(connection, Topics.all());
            try (ConfigurableApplicationContext service = start(connection)) {
                BindingGate gate = service.getBean(BindingGate.class);
                assertThat(gate.ready()).isFalse();
                gate.open();
                TraceContext trace = TraceContext.newRoot();
                EventPublisher publisher = service.getBean(EventPublisher.class);
                publisher.publish(Topics.NODE_HEARTBEATS, "n1", heartbeat(1), trace);
                publisher.flush();
                sendJunk(connection);
                for (int sequence = 2; sequence <= 5; sequence++) {
                    publisher.publish(Topics.NODE_HEARTBEATS, "n1", heartbeat(sequence), trace);
                }
                publisher.flush();

                ReceivedEvent first = next();
                assertThat(first.event()).isEqualTo(heartbeat(1));
                assertThat(first.trace()).isEqualTo(trace);
                assertThat(first.id()).hasSize(36);
                assertThat(next().event()).isEqualTo(heartbeat(2));
                ReceivedEvent retried = next();
                while (!retried.event().equals(heartbeat(4))) { // a retried batch comes again from its start
                    retried = next();
                }
                assertThat(next().event()).isEqualTo(heartbeat(5));
                assertThat(gate.ready()).isTrue();

                List<ConsumerRecord<String, byte[]>> dead = deadLetters(connection, 2);
                assertThat(dead.getFirst().value()).isEqualTo("junk".getBytes(StandardCharsets.UTF_8));
                assertThat(cause(dead.getFirst())).contains("wire format");
                assertThat(cause(dead.get(1))).contains("cannot stand a three");
                assertThat(dead.get(1).value()[0]).isZero();
            }
        }
    }

    @Test
    void aBindingStartsAtTheEventsOfTheLastWhileWhateverWasCommitted() throws Exception {
        HANDLED.clear();
        try (EmbeddedKafka kafka = EmbeddedKafka.start(directory);
                EmbeddedSchemaRegistry registry = EmbeddedSchemaRegistry.start(kafka.bootstrapServers(), 0)) {
            KafkaConnection connection = new KafkaConnection(kafka.bootstrapServers(), registry.url(), Map.of());
            TopicProvisioner.ensure(connection, Topics.all());
            try (KafkaProducer<String, Object> producer = new KafkaProducer<>(connection.producer())) {
                long now = System.currentTimeMillis();
                producer.send(heartbeatAt(now - 600_000, 10)).get();
                producer.send(heartbeatAt(now - 5_000, 11)).get();
            }
            String[] ownPartitions = {
                "--spring.cloud.stream.kafka.bindings.onHeartbeat-in-0.consumer.auto-rebalance-enabled=false",
                "--spring.cloud.stream.kafka.bindings.onHeartbeat-in-0.consumer.start-offset=latest",
                "--waybill.bindings.onHeartbeat.start-from=60s"
            };
            for (int start = 1; start <= 2; start++) {
                try (ConfigurableApplicationContext service = start(connection, ownPartitions)) {
                    service.getBean(BindingGate.class).open();
                    assertThat(next().event()).isEqualTo(heartbeat(11));
                }
            }
        }
    }

    @Test
    void aBindingThatRestsHandlesTheFirstEventAtOnceAndThoseThatFollowTogether() throws Exception {
        HANDLED.clear();
        try (EmbeddedKafka kafka = EmbeddedKafka.start(directory);
                EmbeddedSchemaRegistry registry = EmbeddedSchemaRegistry.start(kafka.bootstrapServers(), 0)) {
            KafkaConnection connection = new KafkaConnection(kafka.bootstrapServers(), registry.url(), Map.of());
            TopicProvisioner.ensure(connection, Topics.all());
            try (ConfigurableApplicationContext service = start(connection, "--waybill.bindings.onHeartbeat.rest=2s");
                    KafkaProducer<String, Object> producer = new KafkaProducer<>(connection.producer())) {
                service.getBean(BindingGate.class).open();
                producer.send(heartbeatAt(System.currentTimeMillis(), 1)).get();
                assertThat(next().event()).isEqualTo(heartbeat(1));
                long first = System.nanoTime();
                for (int sequence = 2; sequence <= 20; sequence++) {
                    producer.send(heartbeatAt(System.currentTimeMillis(), sequence))
                            .get();
                }
                assertThat(next().event()).isEqualTo(heartbeat(2));
                assertThat(System.nanoTime() - first).isGreaterThan(1_500_000_000L);
            }
        }
    }

    private static ProducerRecord<String, Object> heartbeatAt(long time, long sequence) {
        return new ProducerRecord<>(Topics.NODE_HEARTBEATS.name(), null, time, "n1", heartbeat(sequence));
    }

    private static ConfigurableApplicationContext start(KafkaConnection connection, String... settings) {
        return new SpringApplicationBuilder(Service.class)
                .properties(
                        "spring.config.import=classpath:event-runtime.yml",
                        "spring.main.web-application-type=none",
                        "waybill.service=test-service",
                        "spring.cloud.function.definition=onHeartbeat",
                        "spring.cloud.stream.bindings.onHeartbeat-in-0.destination=" + Topics.NODE_HEARTBEATS.name())
                .run(Stream.concat(
                                Stream.of(
                                        "--waybill.kafka.bootstrap-servers=" + connection.bootstrapServers(),
                                        "--waybill.registry.url=" + connection.registryUrl()),
                                Stream.of(settings))
                        .toArray(String[]::new));
    }

    private static NodeHeartbeat heartbeat(long sequence) {
        return NodeHeartbeat.newBuilder()
                .setNodeName("n1")
                .setNodeEpoch(1)
                .setSequence(sequence)
                .build();
    }

    private static void sendJunk(KafkaConnection connection) throws Exception {
        try (KafkaProducer<String, Object> producer = new KafkaProducer<>(connection.producer())) {
            producer.send(new ProducerRecord<>(
                            Topics.NODE_HEARTBEATS.name(), "n1", (Object) "junk".getBytes(StandardCharsets.UTF_8)))
                    .get();
        }
    }

    private static ReceivedEvent next() throws InterruptedException {
        ReceivedEvent next = HANDLED.poll(90, TimeUnit.SECONDS);
        assertThat(next).as("an event within 90 s").isNotNull();
        return next;
    }

    private static List<ConsumerRecord<String, byte[]>> deadLetters(KafkaConnection connection, int count) {
        List<ConsumerRecord<String, byte[]>> found = new java.util.ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(connection.common(), new StringDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition =
                    new TopicPartition(Topic.deadLetterName(Topics.NODE_HEARTBEATS.name(), "test-service"), 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            while (found.size() < count) {
                consumer.poll(Duration.ofMillis(200)).forEach(found::add);
            }
        }
        return found;
    }

    private static String cause(ConsumerRecord<String, byte[]> record) {
        return new String(record.headers().lastHeader(DeadLetters.CAUSE).value(), StandardCharsets.UTF_8);
    }
}
