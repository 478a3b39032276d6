package dev.waybill.gateway.state.kafka;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOutcome;
import dev.waybill.events.WriterProgress;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.serde.Payload;
import dev.waybill.gateway.state.Decider;
import dev.waybill.gateway.state.Decision;
import dev.waybill.gateway.state.ResourceDelta;
import dev.waybill.gateway.state.WriterState;
import dev.waybill.runtime.DeadLetters;
import dev.waybill.runtime.EventRecords;
import dev.waybill.runtime.KafkaConnection;
import dev.waybill.runtime.NodeSignatures;
import dev.waybill.runtime.Pace;
import dev.waybill.runtime.ReceivedEvent;
import dev.waybill.runtime.RetryableException;
import dev.waybill.runtime.TraceContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The single writer: reads every input, decides, and appends changes, answers, assignments and its own progress in one
 * transaction per polled batch. Taking over fences the writer before it; after any failed commit the speculative state
 * is thrown away and taken from the log again. Runs on one thread of its own.
 */
public final class ResourceLogWriter implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ResourceLogWriter.class);
    private static final String TRANSACTIONAL_ID = "waybill-writer";
    private static final String PROGRESS_KEY = "writer/progress//position";
    private static final String SOURCE = "gateway";
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration REPLAY_LIMIT = Duration.ofMinutes(5);
    private static final Duration REMEMBERED = Duration.ofMinutes(10);
    private static final int MAX_BATCH = 500;

    /** A commit costs the broker some ten requests and appends, however much is in it. */
    private static final Duration COMMIT_GAP = Duration.ofMillis(5);

    private static final int CHORE_STEPS = 20;

    private final KafkaConnection connection;
    private final Decider decider;
    private final KafkaResourceTail tail;
    private final KafkaRequestClient requests;
    private final DeadLetters deadLetters;
    private final @Nullable NodeSignatures signatures;
    private final NodeSecrets secrets;
    private final List<TopicPartition> inputs;
    private final Thread thread = Thread.ofPlatform().name("writer").daemon().unstarted(this::run);
    private volatile boolean closing;
    private volatile boolean leading;
    private volatile @Nullable Consumer<String, Payload> open;

    /**
     * @param signatures what nodes' records must bear; null where nodes are trusted by Kafka's rights alone
     * @param secrets seals what goes to a node with its key
     */
    ResourceLogWriter(
            KafkaConnection connection,
            Decider decider,
            KafkaResourceTail tail,
            KafkaRequestClient requests,
            DeadLetters deadLetters,
            @Nullable NodeSignatures signatures,
            NodeSecrets secrets,
            List<String> publishers) {
        this.connection = connection;
        this.decider = decider;
        this.tail = tail;
        this.requests = requests;
        this.deadLetters = deadLetters;
        this.signatures = signatures;
        this.secrets = secrets;
        List<TopicPartition> topics = new ArrayList<>();
        for (var topic : List.of(
                Topics.REQUESTS,
                Topics.SCHEDULER_REQUESTS,
                Topics.SCHEDULING,
                Topics.QUOTA,
                Topics.POD_STATUS,
                Topics.NODE_STATUS)) {
            topics.add(new TopicPartition(topic.name(), 0));
        }
        publishers.forEach(publisher ->
                topics.add(new TopicPartition(Topics.requestsOf(publisher).name(), 0)));
        this.inputs = List.copyOf(topics);
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
                log.warn("another writer has taken over: this instance stands by");
                leading = false;
                return;
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
    }

    private void lead() throws InterruptedException {
        tail.log().awaitCaughtUp(REPLAY_LIMIT);
        try (Producer<String, Object> producer = producer();
                Consumer<String, Payload> consumer = consumer()) {
            open = consumer;
            producer.initTransactions();
            awaitTail(consumer);
            Session session = new Session(producer, takeOver(consumer));
            session.bootstrap();
            leading = true;
            log.info("writing from revision {}", session.state.image().revision());
            while (!closing) {
                session.handle(consumer);
            }
        } catch (WakeupException | org.apache.kafka.common.errors.InterruptException e) {
            closing = true;
        } finally {
            open = null;
            tail.forgetHandedOver();
        }
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

    private WriterState takeOver(Consumer<String, Payload> consumer) {
        Instant now = Instant.now();
        WriterState state = WriterState.of(tail.image(), recentOutcomes(consumer, now), now);
        consumer.assign(inputs);
        WriterProgress progress = tail.progress();
        Map<String, Long> positions = progress == null ? Map.of() : progress.getPositions();
        for (TopicPartition input : inputs) {
            Long position = positions.get(input.toString());
            if (position == null) {
                consumer.seekToBeginning(List.of(input));
            } else {
                consumer.seek(input, position);
            }
        }
        return state;
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

    /** One reign: the speculative state and the producer that makes it fact. */
    private final class Session {
        private final Producer<String, Object> producer;
        private final Map<String, Long> positions = new HashMap<>();
        private final Pace pace = new Pace(COMMIT_GAP);
        private WriterState state;

        Session(Producer<String, Object> producer, WriterState state) {
            this.producer = producer;
            this.state = state;
            WriterProgress progress = tail.progress();
            if (progress != null) {
                positions.putAll(progress.getPositions());
            }
        }

        /** Makes what every cluster has. */
        void bootstrap() {
            Outputs outputs = new Outputs();
            state = outputs.take(decider.bootstrap(state, Instant.now()), null);
            append(outputs);
        }

        /** Decides what is at hand; while inputs come fast, what comes in the gap after the last commit too. */
        void handle(Consumer<String, Payload> consumer) {
            List<ReceivedEvent> batch = new ArrayList<>();
            Map<String, Long> read = new HashMap<>();
            take(consumer.poll(POLL), batch, read);
            if (batch.isEmpty() && state.idle(Instant.now())) {
                return;
            }
            for (Duration rest = pace.remaining(System.nanoTime());
                    rest.isPositive() && batch.size() < MAX_BATCH;
                    rest = pace.remaining(System.nanoTime())) {
                take(consumer.poll(rest), batch, read);
            }
            pace.begin(batch.size(), System.nanoTime());
            commit(batch, read);
        }

        private void take(ConsumerRecords<String, Payload> records, List<ReceivedEvent> batch, Map<String, Long> read) {
            for (ConsumerRecord<String, Payload> record : records) {
                batch.add(
                        signatures == null
                                ? EventRecords.received(record)
                                : EventRecords.received(record, signatures.believed(record)));
                read.put(record.topic() + "-" + record.partition(), record.offset() + 1);
            }
        }

        /** Decides a batch, and what deletions have left to do, and appends what comes of it. */
        private void commit(List<ReceivedEvent> batch, Map<String, Long> read) {
            Outputs outputs = new Outputs();
            Instant now = Instant.now();
            for (ReceivedEvent input : batch) {
                decide(input, outputs, now);
            }
            for (int i = 0; i < CHORE_STEPS && !state.idle(now); i++) {
                Decision step = decider.chores(state, now);
                boolean idle = step.changes().isEmpty();
                state = outputs.take(step, null);
                if (idle) {
                    break;
                }
            }
            positions.putAll(read);
            append(outputs);
        }

        private void append(Outputs outputs) {
            if (outputs.records.isEmpty()) {
                return;
            }
            tail.handOver(outputs.changes);
            producer.beginTransaction();
            outputs.records.forEach(producer::send);
            producer.send(EventRecords.toSend(
                    Topics.RESOURCES,
                    PROGRESS_KEY,
                    WriterProgress.newBuilder()
                            .setPositions(new HashMap<>(positions))
                            .setRevision(state.image().revision())
                            .build(),
                    TraceContext.NONE,
                    SOURCE));
            producer.commitTransaction();
            tail.committed(state.image().revision());
            outputs.outcomes.stream()
                    .filter(outcome -> outcome.getPublisher().isEmpty())
                    .forEach(requests::answered);
        }

        private void decide(ReceivedEvent input, Outputs outputs, Instant now) {
            switch (input.payload()) {
                case Payload.Known known -> {
                    try {
                        state = outputs.take(decider.decide(input, state, now), input);
                    } catch (RuntimeException e) { // nothing poisons the writer: the input is put aside and answered
                        log.error("the decision on {} failed", input.position(), e);
                        outputs.records.add(deadLetters.of(input, SOURCE, e.toString()));
                        if (known.event() instanceof DesiredStateRequest request) {
                            outputs.answer(Decider.internalError(input, request, e), input.trace());
                        }
                    }
                }
                case Payload.Undecodable bad -> {
                    log.warn("dead letter for {}: {}", input.position(), bad.cause());
                    outputs.records.add(deadLetters.of(input, SOURCE, bad.cause()));
                }
                case Payload.Tombstone tombstone -> {}
            }
        }
    }

    /** What a batch comes to, in the order in which it was decided. */
    private final class Outputs {
        final List<ProducerRecord<String, Object>> records = new ArrayList<>();
        final List<ResourceDelta> changes = new ArrayList<>();
        final List<RequestOutcome> outcomes = new ArrayList<>();

        WriterState take(Decision decision, @Nullable ReceivedEvent input) {
            TraceContext trace =
                    input == null ? TraceContext.NONE : input.trace().child();
            for (ResourceDelta delta : decision.changes()) {
                changes.add(delta);
                records.add(EventRecords.toSend(
                        Topics.RESOURCES,
                        delta.key().logKey(),
                        LogRecords.changed(delta, input, trace, decision.user()),
                        trace,
                        SOURCE));
                if (delta.change() == ResourceDelta.Change.DELETED) {
                    records.add(EventRecords.toSend(
                            Topics.RESOURCES, delta.key().logKey(), null, TraceContext.NONE, SOURCE));
                }
            }
            decision.emissions()
                    .forEach(emission -> records.add(EventRecords.toSend(
                            emission.topic(), emission.key(), secrets.sealed(emission.event()), trace, SOURCE)));
            RequestOutcome outcome = decision.outcome();
            if (outcome != null) {
                answer(outcome, trace);
            }
            return decision.next();
        }

        void answer(RequestOutcome outcome, TraceContext trace) {
            RequestOutcome bounded = LogRecords.bounded(outcome);
            outcomes.add(bounded);
            records.add(EventRecords.toSend(Topics.OUTCOMES, bounded.getRequestId(), bounded, trace, SOURCE));
        }
    }

    private Producer<String, Object> producer() {
        Map<String, Object> properties = connection.producer();
        properties.put(ProducerConfig.CLIENT_ID_CONFIG, "writer");
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, TRANSACTIONAL_ID);
        properties.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 10_000);
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
