package dev.waybill.standalone.cli;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOperation;
import dev.waybill.events.RequestOutcome;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.serde.EventJson;
import dev.waybill.events.serde.Payload;
import dev.waybill.runtime.EventRecords;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.KafkaEventPublisher;
import dev.waybill.runtime.TraceContext;
import dev.waybill.standalone.DataDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.json.JsonMapper;

/** {@code waybill publish -f FILE}: manifests as requests straight to Kafka, and the outcomes that come back. */
public final class PublishCommand {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private PublishCommand() {}

    public static void main(String[] arguments) throws Exception {
        Path data = Path.of("/var/lib/waybill");
        String file = "";
        String publisher = "local";
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            switch (arguments[i]) {
                case "--data" -> data = Path.of(arguments[i + 1]);
                case "-f" -> file = arguments[i + 1];
                case "--as" -> publisher = arguments[i + 1];
                default -> throw new IllegalArgumentException("unknown option " + arguments[i]);
            }
        }
        Properties endpoints = DataDirectory.endpoints(data);
        KafkaConnection connection = new KafkaConnection(
                endpoints.getProperty("bootstrap.servers"), endpoints.getProperty("registry.url"), Map.of());
        boolean accepted = true;
        for (Object manifest :
                new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(Files.readString(Path.of(file)))) {
            accepted &= publish(connection, publisher, JsonMapper.shared().writeValueAsString(manifest));
        }
        System.exit(accepted ? 0 : 1);
    }

    private static boolean publish(KafkaConnection connection, String publisher, String manifest) {
        String id = EventRecords.newId();
        try (KafkaConsumer<String, Payload> consumer = new KafkaConsumer<>(connection.consumer());
                KafkaEventPublisher events = new KafkaEventPublisher(connection, publisher)) {
            TopicPartition outcomes = new TopicPartition(Topics.OUTCOMES.name(), 0);
            consumer.assign(List.of(outcomes));
            consumer.seekToEnd(List.of(outcomes));
            consumer.position(outcomes);
            DesiredStateRequest request = DesiredStateRequest.newBuilder()
                    .setOperation(RequestOperation.CREATE)
                    .setManifest(manifest)
                    .build();
            events.publish(Topics.requestsOf(publisher), "", request, TraceContext.newRoot(), id);
            events.flush();
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (System.nanoTime() < deadline) {
                for (ConsumerRecord<String, Payload> record : consumer.poll(POLL)) {
                    if (record.value() instanceof Payload.Known known
                            && known.event() instanceof RequestOutcome outcome
                            && outcome.getRequestId().equals(id)) {
                        System.out.println(EventJson.of(outcome));
                        return outcome.getAccepted();
                    }
                }
            }
        }
        System.err.println("waybill publish: no outcome within " + PATIENCE.toSeconds() + " s");
        return false;
    }
}
