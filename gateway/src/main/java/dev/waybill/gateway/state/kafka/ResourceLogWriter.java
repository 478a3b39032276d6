package dev.waybill.gateway.state.kafka;

import dev.waybill.events.RequestOutcome;
import dev.waybill.events.WriterProgress;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.serde.Payload;
import dev.waybill.gateway.examination.Examinations;
import dev.waybill.gateway.state.Decider;
import dev.waybill.gateway.state.WriterState;
import dev.waybill.runtime.DeadLetters;
import dev.waybill.runtime.EventRecords;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.RetryableException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The single writer: reads every input, decides, and appends changes, answers, assignments and its own progress in one
 * transaction per portion. Taking over fences the writer before it, which then stands by until its successor is gone
 * (ADR 49); after any failed commit the speculative state is thrown away and taken from the log again. Decides on one
 * thread of its own and commits on another.
 */
public final class ResourceLogWriter implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ResourceLogWriter.class);
    private static final String TRANSACTIONAL_ID = "waybill-writer";
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration REPLAY_LIMIT = Duration.ofMinutes(5);
    private static final Duration REMEMBERED = Duration.ofMinutes(10);
    private static final int MAX_BATCH = 500;

    /** How often one who stands by looks whether anything has come, before he believes that nobody writes. */
    private static final int LOOKS = 15;

    private static final int BATCH_BYTES = 128 << 10;

    /** The client keeps what it has once used: room for a batch of each partition that a commit may touch. */
    private static final long BUFFERED_BYTES = 6 << 20;

    private final KafkaConnection connection;
    private final Decider decider;
    private final KafkaResourceTail tail;
    private final WriterInputs inputs;
    private final DeadLetters deadLetters;
    private final NodeSecrets secrets;
    private final Examinations examinations;
    private final List<TopicPartition> topics;
    private final Thread thread = Thread.ofPlatform().name("writer").daemon().unstarted(this::run);
    private final List<WriterInputs.Input.Own> undecided = new ArrayList<>();
    private final String id = EventRecords.newId();
    private final Duration takeoverAfter;
    private final CountDownLatch ended = new CountDownLatch(1);
    private boolean fenced;
    private volatile boolean closing;
    private volatile boolean leading;
    private volatile @Nullable Consumer<String, Payload> open;

    /**
     * @param inputs what is to be decided
     * @param secrets seals what goes to a node with its key
     * @param examinations hold rules against objects for which the writer has no time
     * @param takeoverAfter how long no writer has said anything before one that stands by takes over
     */
    ResourceLogWriter(
            KafkaConnection connection,
            Decider decider,
            KafkaResourceTail tail,
            WriterInputs inputs,
            DeadLetters deadLetters,
            NodeSecrets secrets,
            Examinations examinations,
            List<String> publishers,
            Duration takeoverAfter) {
        this.connection = connection;
        this.decider = decider;
        this.tail = tail;
        this.inputs = inputs;
        this.deadLetters = deadLetters;
        this.secrets = secrets;
        this.examinations = examinations;
        this.takeoverAfter = takeoverAfter;
        List<TopicPartition> read = new ArrayList<>();
        for (var topic : List.of(
                Topics.REQUESTS,
                Topics.SCHEDULER_REQUESTS,
                Topics.SCHEDULING,
                Topics.QUOTA,
                Topics.POD_STATUS,
                Topics.NODE_STATUS)) {
            read.add(new TopicPartition(topic.name(), 0));
        }
        publishers.forEach(publisher ->
                read.add(new TopicPartition(Topics.requestsOf(publisher).name(), 0)));
        this.topics = List.copyOf(read);
    }

    public void start() {
        thread.start();
    }

    /** Whether this instance decides now. */
    public boolean isLeading() {
        return leading;
    }

    @Override
    public void close() {
        closing = true;
        ended.countDown();
        Consumer<String, Payload> reading = open;
        if (reading != null) {
            reading.wakeup(); // a commit under way is left to finish
        }
        try {
            if (!thread.join(Duration.ofSeconds(10))) {
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (!closing) {
            try {
                lead();
            } catch (ProducerFencedException | InvalidProducerEpochException e) {
                leading = false;
                fenced = true;
                log.warn("this writer was fenced: {}", e.toString());
            } catch (KafkaException | RetryableException | IllegalStateException e) {
                leading = false;
                if (!closing) {
                    log.warn("the writer starts again from the log: {}", e.toString());
                    pause();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                closing = true;
            }
        }
        leading = false;
        inputs.giveBack(undecided);
        inputs.close();
    }

    private void lead() throws InterruptedException {
        tail.log().awaitCaughtUp(REPLAY_LIMIT);
        if (fenced && isSucceeded() && !standBy()) {
            return;
        }
        fenced = false;
        try (Producer<String, Object> producer = producer();
                Consumer<String, Payload> consumer = consumer()) {
            open = consumer;
            producer.initTransactions();
            awaitTail(consumer);
            Instant now = Instant.now();
            List<RequestOutcome> outcomes = recentOutcomes(consumer, now);
            settle(outcomes);
            reign(producer, consumer, WriterState.of(tail.image(), outcomes, now));
        } catch (WakeupException | org.apache.kafka.common.errors.InterruptException e) {
            closing = true;
        } finally {
            open = null;
            tail.readOn();
        }
    }

    /** Refuses what is asked until nobody writes any more; false when this process ends before. */
    private boolean standBy() throws InterruptedException {
        log.warn("another writer has taken over: this instance stands by");
        try (Consumer<String, Payload> consumer = consumer()) {
            open = consumer;
            settle(recentOutcomes(consumer, Instant.now()));
            inputs.close();
            awaitVacancy(consumer);
        } catch (WakeupException | org.apache.kafka.common.errors.InterruptException e) {
            closing = true;
        } finally {
            open = null;
        }
        if (closing) {
            return false;
        }
        log.warn("the writer that took over is gone: this instance writes again");
        inputs.open();
        return true;
    }

    private void awaitVacancy(Consumer<String, Payload> consumer) throws InterruptedException {
        TopicPartition resources = new TopicPartition(Topics.RESOURCES.name(), 0);
        Duration pause = takeoverAfter.dividedBy(LOOKS);
        Vacancy vacancy = new Vacancy(LOOKS);
        boolean vacant = false;
        while (!vacant && !ended.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
            try {
                long end = consumer.endOffsets(List.of(resources), pause).getOrDefault(resources, 0L);
                vacant = vacancy.isSeen(end, tail.progress());
            } catch (TimeoutException e) {
                vacancy.nothingSeen();
            }
        }
    }

    private void reign(Producer<String, Object> producer, Consumer<String, Payload> consumer, WriterState state)
            throws InterruptedException {
        seek(consumer);
        try (WriterInputs.Reader reader = inputs.read(consumer);
                WriterSession session = new WriterSession(
                        id,
                        takeoverAfter.dividedBy(3),
                        producer,
                        inputs,
                        reader,
                        decider,
                        tail,
                        deadLetters,
                        secrets,
                        examinations,
                        state,
                        undecided)) {
            session.begin();
            leading = true;
            log.info("writing from revision {}", session.revision());
            while (!closing) {
                session.handle();
            }
            session.finish();
        }
    }

    /** What this process asked before the last commit failed: answered if that was a fact after all, else asked again. */
    private void settle(List<RequestOutcome> outcomes) {
        Map<String, RequestOutcome> known = new HashMap<>();
        outcomes.forEach(outcome -> known.put(outcome.getRequestId(), outcome));
        List<WriterInputs.Input.Own> again = new ArrayList<>();
        for (WriterInputs.Input.Own each : undecided) {
            RequestOutcome outcome = known.get(each.request().id());
            if (outcome == null) {
                again.add(each);
            } else if (each.answer() != null) {
                each.answer().complete(outcome);
            }
        }
        inputs.giveBack(again);
        undecided.clear();
    }

    /**
     * Whether somebody else has written, and not left since. If not, it was the broker that fenced this writer, because a
     * transaction of its was open for too long: the broker was away, or the machine slept.
     */
    private boolean isSucceeded() throws InterruptedException {
        try (Consumer<String, Payload> consumer = consumer()) {
            awaitTail(consumer);
        }
        WriterProgress progress = tail.progress();
        return progress != null
                && !progress.getWriter().equals(id)
                && !progress.getWriter().equals(Vacancy.NOBODY);
    }

    /** Reads the log to its end: nothing can be appended any more by the writer before. */
    private void awaitTail(Consumer<String, Payload> consumer) throws InterruptedException {
        TopicPartition resources = new TopicPartition(Topics.RESOURCES.name(), 0);
        long end = consumer.endOffsets(List.of(resources)).getOrDefault(resources, 0L);
        long deadline = System.nanoTime() + REPLAY_LIMIT.toNanos();
        while (!tail.log().isAt(end)) {
            if (tail.log().failure() != null || System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        "the resource log cannot be read to its end", tail.log().failure());
            }
            Thread.sleep(2);
        }
    }

    /** To where the writer before had read. */
    private void seek(Consumer<String, Payload> consumer) {
        consumer.assign(topics);
        WriterProgress progress = tail.progress();
        Map<String, Long> positions = progress == null ? Map.of() : progress.getPositions();
        for (TopicPartition input : topics) {
            Long position = positions.get(input.toString());
            if (position == null) {
                consumer.seekToBeginning(List.of(input));
            } else {
                consumer.seek(input, position);
            }
        }
    }

    private static List<RequestOutcome> recentOutcomes(Consumer<String, Payload> consumer, Instant now) {
        TopicPartition outcomes = new TopicPartition(Topics.OUTCOMES.name(), 0);
        List<RequestOutcome> recent = new ArrayList<>();
        var from = consumer.offsetsForTimes(
                        Map.of(outcomes, now.minus(REMEMBERED).toEpochMilli()))
                .get(outcomes);
        if (from == null) {
            return recent;
        }
        long end = consumer.endOffsets(List.of(outcomes)).getOrDefault(outcomes, 0L);
        consumer.assign(List.of(outcomes));
        consumer.seek(outcomes, from.offset());
        while (consumer.position(outcomes) < end) {
            for (ConsumerRecord<String, Payload> record : consumer.poll(POLL)) {
                if (record.value() instanceof Payload.Known known && known.event() instanceof RequestOutcome outcome) {
                    recent.add(outcome);
                }
            }
        }
        return recent;
    }

    private Producer<String, Object> producer() {
        Map<String, Object> properties = connection.producer();
        properties.put(ProducerConfig.CLIENT_ID_CONFIG, "writer");
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, TRANSACTIONAL_ID);
        properties.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 10_000);
        // A commit sends what has gathered: nothing is to leave before it in a request of its own.
        properties.put(ProducerConfig.LINGER_MS_CONFIG, 1_000);
        properties.put(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
        properties.put(ProducerConfig.BUFFER_MEMORY_CONFIG, BUFFERED_BYTES);
        // The next transaction often starts before the last one's markers are written; ask again at once.
        properties.put(ProducerConfig.RETRY_BACKOFF_MS_CONFIG, 1);
        return new KafkaProducer<>(properties);
    }

    private Consumer<String, Payload> consumer() {
        Map<String, Object> properties = connection.consumer();
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, "writer-inputs");
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MAX_BATCH);
        return new KafkaConsumer<>(properties);
    }

    private static void pause() {
        try {
            Thread.sleep(Duration.ofMillis(200));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
