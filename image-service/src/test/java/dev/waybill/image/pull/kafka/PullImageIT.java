package dev.waybill.image.pull.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.waybill.embedded.EmbeddedKafka;
import dev.waybill.embedded.EmbeddedSchemaRegistry;
import dev.waybill.events.ImagePullFailed;
import dev.waybill.events.ImagePullRequested;
import dev.waybill.events.ImageReady;
import dev.waybill.events.LayerDownloaded;
import dev.waybill.events.LayerUnpacked;
import dev.waybill.events.NodeObjectPublished;
import dev.waybill.events.catalog.Topic;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.objects.SecretCipher;
import dev.waybill.events.serde.Payload;
import dev.waybill.image.ImageServiceApplication;
import dev.waybill.image.testing.Tar;
import dev.waybill.image.testing.TestRegistry;
import dev.waybill.image.testing.Tools;
import dev.waybill.runtime.BindingGate;
import dev.waybill.runtime.EventPublisher;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.TopicProvisioner;
import dev.waybill.runtime.TraceContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecord;
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
import org.springframework.context.ConfigurableApplicationContext;

/** The binding pullImage: requests in, layers and answers out, over a real broker and a real registry. */
@Timeout(600)
class PullImageIT {

    private static final String NODE = "node-a";
    private static final String HTPASSWD = "pull:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";

    @TempDir
    Path directory;

    private KafkaConsumer<String, Payload> images;

    private record Seen(SpecificRecord event, TraceContext trace) {}

    @Test
    void requestsAreAnsweredAndJunkBetweenThemIsADeadLetter() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "ownership and devices need root");
        assumeTrue(TestRegistry.available(), "docker-registry is not installed");
        try (TestRegistry server = TestRegistry.start(directory);
                EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"));
                EmbeddedSchemaRegistry schemas = EmbeddedSchemaRegistry.start(kafka.bootstrapServers(), 0)) {
            KafkaConnection connection = new KafkaConnection(kafka.bootstrapServers(), schemas.url(), Map.of());
            TopicProvisioner.ensure(connection, Topics.all());
            server.push("app", "v1", List.of(TestRegistry.Layer.gzip(new Tar().file("a", "1"))));
            String image = server.host() + "/app:v1";
            try (ConfigurableApplicationContext service = start(connection);
                    KafkaConsumer<String, Payload> consumer = new KafkaConsumer<>(connection.consumer())) {
                images = consumer;
                TopicPartition partition = new TopicPartition(Topics.IMAGES.name(), Topic.partitionOfNode(NODE));
                consumer.assign(List.of(partition));
                consumer.seekToBeginning(List.of(partition));
                awaitReady(service.getBean(BindingGate.class));
                EventPublisher publisher = service.getBean(EventPublisher.class);
                TraceContext trace = TraceContext.newRoot();

                request(publisher, NODE, "r1", image, "IfNotPresent", trace);
                junk(connection);
                request(publisher, "somebody-else", "r0", image, "Always", trace);
                request(publisher, NODE, "r2", image, "Never", trace);
                request(publisher, NODE, "r3", "Not A Name", "Always", trace);

                List<Seen> before = new ArrayList<>();
                ImageReady first = ready("r1", before);
                assertThat(first.getAlreadyPresent()).isFalse();
                assertThat(first.getDriver()).isEqualTo("overlay");
                assertThat(Path.of(first.getLayerPaths().getFirst()).resolve("a"))
                        .hasContent("1");
                assertThat(first.getConfig()).contains("/bin/app");
                assertThat(first.getRepoDigest()).startsWith(server.host() + "/app@sha256:");
                assertThat(before).anyMatch(e -> e.event() instanceof LayerDownloaded);
                assertThat(before).anyMatch(e -> e.event() instanceof LayerUnpacked);
                assertThat(before)
                        .filteredOn(e -> e.event() instanceof LayerDownloaded || e.event() instanceof ImageReady)
                        .allMatch(e -> e.trace().traceId().equals(trace.traceId()));

                int told = before.size();
                request(publisher, NODE, "r4", image, "IfNotPresent", trace);
                ImageReady second = ready("r4", before);
                assertThat(second.getAlreadyPresent()).isTrue();
                assertThat(before.subList(told, before.size()))
                        .as("nothing is done again")
                        .noneMatch(e -> e.event() instanceof LayerDownloaded || e.event() instanceof LayerUnpacked);
                request(publisher, NODE, "r5", image, "Always", trace);
                assertThat(ready("r5", before).getAlreadyPresent()).isTrue();

                assertThat(failed("r3", before).getReason()).isEqualTo("InvalidImageName");
                assertThat(before)
                        .noneMatch(e -> e.event() instanceof ImageReady ready
                                && ready.getRequestId().equals("r0"));
                ConsumerRecord<String, byte[]> dead = deadLetter(connection);
                assertThat(dead.value()).isEqualTo("junk".getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    @Test
    void anImageIsPulledWithAPullSecretThatTheLogHoldsSealed() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "ownership and devices need root");
        assumeTrue(TestRegistry.available(), "docker-registry is not installed");
        Path passwords = Files.writeString(directory.resolve("htpasswd"), HTPASSWD);
        SecretCipher cipher = SecretCipher.fromKeyFile(directory.resolve("key"));
        try (TestRegistry server = TestRegistry.start(directory);
                TestRegistry closed = TestRegistry.start(
                        directory, "closed", "", "auth: {htpasswd: {realm: tests, path: %s}}".formatted(passwords));
                EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"));
                EmbeddedSchemaRegistry schemas = EmbeddedSchemaRegistry.start(kafka.bootstrapServers(), 0)) {
            KafkaConnection connection = new KafkaConnection(kafka.bootstrapServers(), schemas.url(), Map.of());
            TopicProvisioner.ensure(connection, Topics.all());
            server.push("app", "v1", List.of(TestRegistry.Layer.gzip(new Tar().file("a", "1"))));
            String image = closed.host() + "/app:v1";
            try (ConfigurableApplicationContext service = start(connection, "--waybill.image.driver=vfs");
                    KafkaConsumer<String, Payload> consumer = new KafkaConsumer<>(connection.consumer())) {
                images = consumer;
                TopicPartition partition = new TopicPartition(Topics.IMAGES.name(), Topic.partitionOfNode(NODE));
                consumer.assign(List.of(partition));
                consumer.seekToBeginning(List.of(partition));
                awaitReady(service.getBean(BindingGate.class));
                EventPublisher publisher = service.getBean(EventPublisher.class);
                List<Seen> before = new ArrayList<>();
                request(publisher, NODE, "none", image, "IfNotPresent", TraceContext.newRoot());
                assertThat(failed("none", before).getReason()).isEqualTo("ErrImagePull");
                // asked for before the Secret has come, as happens when this service reads later than the node
                request(publisher, NODE, "right", image, "IfNotPresent", TraceContext.newRoot(), "registry");
                publishSecret(publisher, cipher, closed.host());
                ImageReady ready = ready("right", before);
                assertThat(ready.getAlreadyPresent()).isFalse();
                anotherDriversTreeIsMadeWhenItIsMissing(publisher, ready, image, before);
                assertThat(before).noneMatch(seen -> seen.event().toString().contains("secret\""));
            }
        }
    }

    private void anotherDriversTreeIsMadeWhenItIsMissing(
            EventPublisher publisher, ImageReady ready, String image, List<Seen> before) throws Exception {
        assertThat(ready.getDriver()).isEqualTo("vfs");
        assertThat(ready.getLayerPaths()).singleElement().asString().contains("/chains/vfs-");
        Path tree = Path.of(ready.getLayerPaths().getFirst());
        assertThat(tree.resolve("a")).hasContent("1");
        Tools.shell(tree.getParent().getParent(), "rm -r vfs-*");
        request(publisher, NODE, "again", image, "IfNotPresent", TraceContext.newRoot());
        assertThat(ready("again", before).getAlreadyPresent()).isTrue();
        assertThat(tree.resolve("a")).hasContent("1");
    }

    private static void publishSecret(EventPublisher publisher, SecretCipher cipher, String host) {
        String config = "{\"auths\":{\"" + host + "\":{\"username\":\"pull\",\"password\":\"secret\"}}}";
        String sealed = cipher.seal(
                SecretCipher.place("shop", "registry", ".dockerconfigjson"),
                Base64.getEncoder().encodeToString(config.getBytes(StandardCharsets.UTF_8)));
        publisher.publish(
                Topics.NODE_ASSIGNMENTS,
                NODE + "/objects//secrets/shop/registry",
                NodeObjectPublished.newBuilder()
                        .setNodeName(NODE)
                        .setGroup("")
                        .setResource("secrets")
                        .setNamespace("shop")
                        .setName("registry")
                        .setRevision(1)
                        .setObject("{\"type\":\"kubernetes.io/dockerconfigjson\",\"data\":{\".dockerconfigjson\":\""
                                + sealed + "\"}}")
                        .build(),
                TraceContext.newRoot());
        publisher.flush();
    }

    private ConfigurableApplicationContext start(KafkaConnection connection, String... more) {
        List<String> arguments = new ArrayList<>(List.of(more));
        arguments.addAll(List.of(
                "--waybill.kafka.bootstrap-servers=" + connection.bootstrapServers(),
                "--waybill.registry.url=" + connection.registryUrl(),
                "--waybill.node.name=" + NODE,
                "--waybill.image.secrets-key-file=" + directory.resolve("key"),
                "--waybill.image.store-dir=" + directory.resolve("store")));
        return ImageServiceApplication.builder().run(arguments.toArray(String[]::new));
    }

    private static void awaitReady(BindingGate gate) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
        while (!gate.ready()) {
            assertThat(System.nanoTime()).as("binding ready within 30 s").isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private ImageReady ready(String id, List<Seen> before) {
        return (ImageReady) await(
                before,
                e -> e.event() instanceof ImageReady ready
                        && ready.getRequestId().equals(id));
    }

    private ImagePullFailed failed(String id, List<Seen> before) {
        return (ImagePullFailed) await(
                before,
                e -> e.event() instanceof ImagePullFailed failed
                        && failed.getRequestId().equals(id));
    }

    private Object await(List<Seen> before, Predicate<Seen> wanted) {
        long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
        while (true) {
            for (Seen seen : before) {
                if (wanted.test(seen)) {
                    return seen.event();
                }
            }
            assertThat(System.nanoTime()).as("the event within 90 s").isLessThan(deadline);
            for (ConsumerRecord<String, Payload> record : images.poll(Duration.ofMillis(200))) {
                if (record.value() instanceof Payload.Known known) {
                    String trace = new String(
                            record.headers().lastHeader("traceparent").value(), StandardCharsets.UTF_8);
                    before.add(new Seen(known.event(), TraceContext.parse(trace)));
                }
            }
        }
    }

    private static void request(
            EventPublisher publisher,
            String node,
            String id,
            String image,
            String policy,
            TraceContext trace,
            String... pullSecrets) {
        publisher.publish(
                Topics.IMAGES,
                node,
                ImagePullRequested.newBuilder()
                        .setNodeName(node)
                        .setRequestId(id)
                        .setReference(image)
                        .setPullPolicy(policy)
                        .setPodUid("u")
                        .setNamespace("shop")
                        .setPodName("web")
                        .setPullSecrets(List.of(pullSecrets))
                        .build(),
                trace);
        publisher.flush();
    }

    private static void junk(KafkaConnection connection) throws Exception {
        try (KafkaProducer<String, Object> producer = new KafkaProducer<>(connection.producer())) {
            producer.send(new ProducerRecord<>(Topics.IMAGES.name(), Topic.partitionOfNode(NODE), NODE, (Object)
                            "junk".getBytes(StandardCharsets.UTF_8)))
                    .get();
        }
    }

    private static ConsumerRecord<String, byte[]> deadLetter(KafkaConnection connection) {
        Map<String, Object> properties = connection.consumer();
        properties.put("key.deserializer", StringDeserializer.class);
        properties.put("value.deserializer", ByteArrayDeserializer.class);
        String topic = Topics.IMAGES.deadLetterName("image-service");
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(properties)) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
            while (System.nanoTime() < deadline) {
                for (ConsumerRecord<String, byte[]> dead : consumer.poll(Duration.ofMillis(200))) {
                    return dead;
                }
            }
            throw new AssertionError("no dead letter within 30 s");
        }
    }
}
