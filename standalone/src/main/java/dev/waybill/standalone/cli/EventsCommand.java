package dev.waybill.standalone.cli;

import dev.waybill.events.catalog.Topic;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.serde.EventJson;
import dev.waybill.events.serde.Payload;
import dev.waybill.runtime.EventRecords;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.ReceivedEvent;
import dev.waybill.standalone.DataDirectory;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code waybill events [TOPIC] [--from-beginning] [--follow]}: the topics as JSON lines. */
public final class EventsCommand {
    private static final Duration POLL = Duration.ofMillis(300);

    private EventsCommand() {}

    public static void main(String[] arguments) throws Exception {
        Path data = Path.of("/var/lib/waybill");
        boolean beginning = false;
        boolean follow = false;
        String topic = "";
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--data" -> data = Path.of(arguments[++i]);
                case "--from-beginning" -> beginning = true;
                case "--follow" -> follow = true;
                default -> topic = arguments[i];
            }
        }
        Properties endpoints = DataDirectory.endpoints(data);
        KafkaConnection connection = new KafkaConnection(
                endpoints.getProperty("bootstrap.servers"), endpoints.getProperty("registry.url"), Map.of());
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        try (KafkaConsumer<String, Payload> consumer = new KafkaConsumer<>(connection.consumer())) {
            List<TopicPartition> partitions = partitions(consumer, topic);
            if (partitions.isEmpty()) {
                System.err.println("waybill events: no topic " + topic);
                System.exit(1);
            }
            consumer.assign(partitions);
            if (beginning || !follow) {
                consumer.seekToBeginning(partitions);
            } else {
                consumer.seekToEnd(partitions);
            }
            print(consumer, partitions, follow, out);
        }
    }

    private static void print(
            KafkaConsumer<String, Payload> consumer, List<TopicPartition> partitions, boolean follow, PrintStream out) {
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        boolean more = true;
        while (more) {
            for (ConsumerRecord<String, Payload> record : consumer.poll(POLL)) {
                out.println(line(EventRecords.received(record)));
            }
            out.flush();
            more = follow || ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue());
        }
    }

    private static List<TopicPartition> partitions(KafkaConsumer<String, Payload> consumer, String topic) {
        List<TopicPartition> partitions = new ArrayList<>();
        List<String> names =
                topic.isEmpty() ? Topics.all().stream().map(Topic::name).toList() : List.of(topic);
        for (String name : names) {
            var found = consumer.partitionsFor(name);
            if (found != null) {
                found.forEach(info -> partitions.add(new TopicPartition(info.topic(), info.partition())));
            }
        }
        return partitions;
    }

    private static ObjectNode line(ReceivedEvent received) {
        ObjectNode line = JsonMapper.shared().createObjectNode();
        line.put("time", received.timestamp().toString());
        line.put("position", received.position());
        line.put("key", received.key());
        line.put("trace", received.trace().traceId());
        switch (received.payload()) {
            case Payload.Known known -> {
                line.put("type", known.event().getSchema().getName());
                line.set("event", EventJson.of(known.event()));
            }
            case Payload.Undecodable bad -> {
                line.put("undecodable", bad.cause());
                line.put("bytes", Base64.getEncoder().encodeToString(bad.bytes()));
            }
            case Payload.Tombstone tombstone -> line.put("tombstone", true);
        }
        return line;
    }
}
