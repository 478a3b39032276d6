package dev.waybill.runtime;

import dev.waybill.events.catalog.Topic;
import dev.waybill.events.serde.EventDeserializer;
import dev.waybill.events.serde.Payload;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteBufferDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replays a topic from its beginning to the end it had at the start, then follows it. The listener is called on one
 * thread that belongs to the tail. A record that cannot be read or a listener that throws ends the tail, since state
 * that a log folds to must not skip a record: {@link #failure} then says why. A broker that is away is waited for.
 */
public final class LogTail implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LogTail.class);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final int MAX_POLL_RECORDS = 5_000;

    /** How long the broker may take to answer a fetch of what is there. */
    private static final Duration ANSWER = Duration.ofMillis(2);

    /** Of a single change come some more: the writer's progress, what others then change, an Event. */
    private static final int FEW = 5;

    /** How often a tail that stands aside looks where the log ends. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    /** What a tail tells. Calls come in log order, on the tail's thread. */
    public interface Listener {
        void onEvent(ReceivedEvent received);

        /** Whether what happens under a key is of interest; what is not is passed over undecoded, and not told. */
        default boolean concerns(String key) {
            return true;
        }

        default void onTombstone(String key, long offset) {}

        /** Everything that was there at the start has been told; called once. */
        default void onCaughtUp() {}

        /** No more records are at hand now. */
        default void onBatchEnd() {}

        /**
         * Up to which offset the log, of one partition, is known without reading it; negative when it must be read.
         * The tail then stands aside, and reads on from there once something follows that was not told so.
         */
        default long knownTo() {
            return -1;
        }
    }

    private final KafkaConnection connection;
    private final Topic topic;
    private final IntPredicate partitions;
    private final Listener listener;
    private final Pace pace;
    private final EventDeserializer decoder = new EventDeserializer();
    private final Thread thread;
    private final CountDownLatch caughtUp = new CountDownLatch(1);
    private final Semaphore nudges = new Semaphore(0);
    private volatile boolean closing;
    private volatile long consumed;
    private volatile @Nullable Throwable failure;
    private volatile @Nullable Consumer<String, ByteBuffer> consumer;

    public LogTail(KafkaConnection connection, Topic topic, Listener listener) {
        this(connection, topic, partition -> true, listener);
    }

    /** A tail that ends its batches no more often than this while records come fast. */
    public LogTail(KafkaConnection connection, Topic topic, Duration gap, Listener listener) {
        this(connection, topic, partition -> true, gap, listener);
    }

    /** A tail of some partitions of a topic only. */
    public LogTail(KafkaConnection connection, Topic topic, IntPredicate partitions, Listener listener) {
        this(connection, topic, partitions, Duration.ZERO, listener);
    }

    private LogTail(KafkaConnection connection, Topic topic, IntPredicate partitions, Duration gap, Listener listener) {
        this.connection = connection;
        this.topic = topic;
        this.partitions = partitions;
        this.listener = listener;
        this.pace = new Pace(gap, FEW);
        this.thread = Thread.ofPlatform().name("tail-" + topic.name()).daemon().unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /**
     * Waits until the log has been replayed.
     *
     * @throws IllegalStateException when the replay failed or took longer
     */
    public void awaitCaughtUp(Duration limit) throws InterruptedException {
        boolean done = caughtUp.await(limit.toMillis(), TimeUnit.MILLISECONDS);
        Throwable cause = failure;
        if (cause != null) {
            throw new IllegalStateException("the replay of " + topic.name() + " failed", cause);
        }
        if (!done) {
            throw new IllegalStateException("the replay of " + topic.name() + " is not done after " + limit);
        }
    }

    public boolean isCaughtUp() {
        return caughtUp.getCount() == 0 && failure == null;
    }

    /** Whether every record before an offset of the first partition was told, its batch ended. */
    public boolean isAt(long offset) {
        return consumed >= offset;
    }

    /** What the listener knows of the log may have changed: a tail that stands aside looks at once. */
    public void nudge() {
        nudges.release();
    }

    /** Why the tail ended, or null while it runs. */
    public @Nullable Throwable failure() {
        return failure;
    }

    @Override
    public void close() {
        closing = true;
        nudge();
        Consumer<String, ByteBuffer> open = consumer;
        if (open != null) {
            open.wakeup();
        }
        if (thread != Thread.currentThread() && thread.isAlive()) {
            try {
                thread.join(Duration.ofSeconds(10));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void run() {
        Map<String, Object> properties = connection.consumer();
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MAX_POLL_RECORDS);
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, "tail-" + topic.name());
        decoder.configure(properties, false);
        try (Consumer<String, ByteBuffer> opened =
                new KafkaConsumer<>(properties, new StringDeserializer(), new ByteBufferDeserializer())) {
            consumer = opened;
            follow(opened);
        } catch (WakeupException e) {
            if (!closing) {
                fail(e);
            }
        } catch (RuntimeException e) {
            fail(e);
        } finally {
            consumer = null;
        }
    }

    private void follow(Consumer<String, ByteBuffer> from) {
        List<TopicPartition> all = awaitPartitions(from);
        from.assign(all);
        from.seekToBeginning(all);
        Map<TopicPartition, Long> ends = awaitEnds(from, all);
        while (!closing) {
            if (caughtUp.getCount() > 0
                    && ends.entrySet().stream().allMatch(end -> from.position(end.getKey()) >= end.getValue())) {
                listener.onCaughtUp();
                caughtUp.countDown();
            }
            if (caughtUp.getCount() == 0 && standsAside(from, all.getFirst())) {
                continue;
            }
            int told = tell(from.poll(POLL));
            if (told > 0) {
                told += gather(from);
                pace.begin(told, System.nanoTime());
                listener.onBatchEnd();
            }
            consumed = from.position(all.getFirst());
        }
    }

    /**
     * While records come fast, lets them come for the rest of the gap and then fetches them at once: to poll meanwhile would
     * be a fetch for each commit, since the broker answers as soon as there is one record.
     */
    private int gather(Consumer<String, ByteBuffer> from) {
        Duration rest = pace.remaining(System.nanoTime());
        if (!rest.isPositive()) {
            return 0;
        }
        pause(rest);
        int ahead = tell(from.poll(Duration.ZERO)); // the consumer fetches once before it is asked
        return ahead + tell(from.poll(ANSWER));
    }

    /** Whether there is nothing to read but what the listener knows; waits a while then. */
    private boolean standsAside(Consumer<String, ByteBuffer> from, TopicPartition partition) {
        long known = listener.knownTo();
        if (known < 0) {
            return false;
        }
        if (known > from.position(partition)) {
            from.seek(partition, known);
            consumed = known;
        }
        long marked = Math.max(from.position(partition), known + 1); // a commit's marker follows its last record
        try {
            if (from.endOffsets(List.of(partition)).getOrDefault(partition, 0L) > marked) {
                return false;
            }
            if (nudges.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                nudges.drainPermits();
            }
        } catch (TimeoutException e) {
            log.warn("{}: no broker answers", topic.name());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closing = true;
        }
        return true;
    }

    private int tell(ConsumerRecords<String, ByteBuffer> records) {
        for (ConsumerRecord<String, ByteBuffer> record : records) {
            tell(record);
        }
        return records.count();
    }

    private void tell(ConsumerRecord<String, ByteBuffer> record) {
        if (record.key() != null && !listener.concerns(record.key())) {
            return;
        }
        Payload payload = decoder.deserialize(record.topic(), record.headers(), record.value());
        ReceivedEvent received = EventRecords.received(record, payload == null ? new Payload.Tombstone() : payload);
        switch (received.payload()) {
            case Payload.Known known -> listener.onEvent(received);
            case Payload.Tombstone tombstone -> listener.onTombstone(received.key(), received.offset());
            case Payload.Undecodable bad -> throw new UnreadableLogException(received, bad.cause());
        }
    }

    private List<TopicPartition> awaitPartitions(Consumer<String, ByteBuffer> from) {
        while (!closing) {
            try {
                List<PartitionInfo> found = from.partitionsFor(topic.name());
                if (found != null && !found.isEmpty()) {
                    return found.stream()
                            .filter(info -> partitions.test(info.partition()))
                            .map(info -> new TopicPartition(info.topic(), info.partition()))
                            .toList();
                }
            } catch (TimeoutException e) {
                log.warn("{}: no broker answers", topic.name());
            }
            from.assign(List.of());
            pause();
        }
        throw new WakeupException();
    }

    /** Where each partition ends now, its start being known too. */
    private Map<TopicPartition, Long> awaitEnds(Consumer<String, ByteBuffer> from, List<TopicPartition> all) {
        while (!closing) {
            try {
                Map<TopicPartition, Long> ends = from.endOffsets(all);
                all.forEach(from::position);
                return ends;
            } catch (TimeoutException e) {
                log.warn("{}: no broker answers", topic.name());
                pause();
            }
        }
        throw new WakeupException();
    }

    private void pause() {
        pause(Duration.ofMillis(200));
    }

    private void pause(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closing = true;
        }
    }

    private void fail(Throwable cause) {
        log.error("the tail of {} ended at offset {}", topic.name(), consumed, cause);
        failure = cause;
        caughtUp.countDown();
    }
}
