package dev.waybill.standalone.demo;

import dev.waybill.events.UsageReported;
import dev.waybill.events.catalog.Topic;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.serde.Payload;
import dev.waybill.runtime.KafkaConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** Shows the platform's events as they happen, on a thread of its own, and adds up the metered use it sees. */
final class EventTicker implements AutoCloseable {
    private static final List<Topic> SHOWN =
            List.of(Topics.SCHEDULING, Topics.QUOTA, Topics.IMAGES, Topics.CONTAINERS, Topics.POD_STATUS);

    private final KafkaConsumer<String, Payload> consumer;
    private final Consumer<String> out;
    private final Thread thread;
    private final Map<String, Use> used = new ConcurrentHashMap<>();
    private volatile boolean closing;

    /** What a pod has used so far. */
    record Use(double cpuCoreSeconds, double memoryByteSeconds) {
        Use plus(UsageReported report) {
            return new Use(
                    cpuCoreSeconds + report.getCpuCoreSeconds(), memoryByteSeconds + report.getMemoryByteSeconds());
        }
    }

    EventTicker(KafkaConnection connection, Consumer<String> out) {
        this.consumer = new KafkaConsumer<>(connection.consumer());
        this.out = out;
        List<TopicPartition> partitions = new ArrayList<>();
        for (Topic topic : SHOWN) {
            add(topic, partitions);
        }
        add(Topics.USAGE_REPORTS, partitions);
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position);
        this.thread = Thread.ofPlatform().name("demo-events").daemon().start(this::run);
    }

    private void add(Topic topic, List<TopicPartition> partitions) {
        consumer.partitionsFor(topic.name())
                .forEach(info -> partitions.add(new TopicPartition(topic.name(), info.partition())));
    }

    private void run() {
        try (consumer) {
            while (!closing) {
                for (ConsumerRecord<String, Payload> record : consumer.poll(Duration.ofMillis(100))) {
                    if (record.value() instanceof Payload.Known known) {
                        show(record.topic(), known);
                    }
                }
            }
        }
    }

    private void show(String topic, Payload.Known known) {
        if (known.event() instanceof UsageReported report) {
            if (!report.getPodUid().isEmpty()) {
                used.merge(
                        report.getNamespace() + "/" + report.getPodName(),
                        new Use(0, 0).plus(report),
                        (sum, one) -> new Use(
                                sum.cpuCoreSeconds() + one.cpuCoreSeconds(),
                                sum.memoryByteSeconds() + one.memoryByteSeconds()));
            }
            return;
        }
        EventLine.of(known.event()).ifPresent(line -> out.accept(String.format("    %-19s %s", topic, line)));
    }

    /** Metered use by namespace/pod. */
    Map<String, Use> used() {
        return Map.copyOf(used);
    }

    @Override
    public void close() {
        closing = true;
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
