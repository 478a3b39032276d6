package dev.waybill.benchmarks;

import dev.waybill.events.ContainerStarted;
import dev.waybill.events.ImagePullRequested;
import dev.waybill.events.ImageReady;
import dev.waybill.events.PodAssigned;
import dev.waybill.events.PodBound;
import dev.waybill.events.PodSandboxCreated;
import dev.waybill.events.PodStatusReported;
import dev.waybill.events.ResourceChanged;
import dev.waybill.events.catalog.Topic;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.serde.Payload;
import dev.waybill.runtime.KafkaConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** Where a pod's time goes, from the times of the events that carry one trace. Used by one thread. */
final class Hops implements AutoCloseable {
    private static final List<Topic> WATCHED = List.of(
            Topics.RESOURCES,
            Topics.SCHEDULING,
            Topics.NODE_ASSIGNMENTS,
            Topics.IMAGES,
            Topics.CONTAINERS,
            Topics.POD_STATUS);
    private static final List<String> ORDER = List.of(
            "request accepted",
            "bound by the scheduler",
            "assigned by the writer",
            "image asked for",
            "image ready",
            "sandbox ready",
            "container started",
            "status reported",
            "Running in the log");

    private final KafkaConsumer<String, Payload> consumer;
    private final List<TopicPartition> partitions = new ArrayList<>();

    Hops(KafkaConnection connection) {
        this.consumer = new KafkaConsumer<>(connection.consumer());
        for (Topic topic : WATCHED) {
            consumer.partitionsFor(topic.name())
                    .forEach(info -> partitions.add(new TopicPartition(topic.name(), info.partition())));
        }
        consumer.assign(partitions);
    }

    void begin() {
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position);
    }

    /** The median time of each step since the request was accepted, over the traces since {@link #begin}. */
    void print() {
        Map<String, Map<String, Long>> traces = new HashMap<>();
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            for (ConsumerRecord<String, Payload> record : consumer.poll(Duration.ofMillis(200))) {
                var header = record.headers().lastHeader("traceparent");
                if (header != null && record.value() instanceof Payload.Known known) {
                    String trace = new String(header.value(), StandardCharsets.UTF_8).substring(3, 35);
                    String step = step(known.event());
                    if (!step.isEmpty()) {
                        traces.computeIfAbsent(trace, _ -> new LinkedHashMap<>())
                                .putIfAbsent(step, record.timestamp());
                    }
                }
            }
        }
        traces.values().removeIf(steps -> !steps.keySet().containsAll(ORDER));
        System.out.println("  hops, median ms since the request was accepted, " + traces.size() + " pods:");
        for (String step : ORDER) {
            Figures figures = new Figures("ms");
            traces.values().forEach(steps -> figures.add((double) since(steps, step)));
            System.out.printf("    %-24s %6.0f%n", step, figures.quantile(0.5));
        }
        Figures onNode = new Figures("ms");
        traces.values().forEach(steps -> onNode.add((double) since(steps, ORDER.get(6)) - since(steps, ORDER.get(2))));
        System.out.println("  PodAssigned to process started: " + onNode);
    }

    private static long since(Map<String, Long> steps, String step) {
        return steps.getOrDefault(step, 0L) - steps.getOrDefault(ORDER.getFirst(), 0L);
    }

    private static String step(SpecificRecord event) {
        return switch (event) {
            case ResourceChanged change ->
                change.getObject().contains("\"phase\":\"Running\"")
                        ? ORDER.get(8)
                        : change.getKind().equals("Pod") ? ORDER.get(0) : "";
            case PodBound _ -> ORDER.get(1);
            case PodAssigned _ -> ORDER.get(2);
            case ImagePullRequested _ -> ORDER.get(3);
            case ImageReady _ -> ORDER.get(4);
            case PodSandboxCreated _ -> ORDER.get(5);
            case ContainerStarted _ -> ORDER.get(6);
            case PodStatusReported status -> status.getStatus().contains("\"phase\":\"Running\"") ? ORDER.get(7) : "";
            default -> "";
        };
    }

    @Override
    public void close() {
        consumer.close();
    }
}
