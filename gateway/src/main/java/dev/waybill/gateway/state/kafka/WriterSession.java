package dev.waybill.gateway.state.kafka;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOutcome;
import dev.waybill.events.WriterProgress;
import dev.waybill.events.catalog.Topics;
import dev.waybill.events.serde.Payload;
import dev.waybill.gateway.state.Decider;
import dev.waybill.gateway.state.Decision;
import dev.waybill.gateway.state.WriterState;
import dev.waybill.gateway.state.kafka.WriterInputs.Input;
import dev.waybill.runtime.DeadLetters;
import dev.waybill.runtime.EventRecords;
import dev.waybill.runtime.Pace;
import dev.waybill.runtime.ReceivedEvent;
import dev.waybill.runtime.TraceContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One reign of the writer: the speculative state and the producer that makes it fact. One thread. */
final class WriterSession {
    private static final Logger log = LoggerFactory.getLogger(WriterSession.class);
    private static final String PROGRESS_KEY = "writer/progress//position";
    private static final String SOURCE = "gateway";
    private static final Duration PATIENCE = Duration.ofMillis(200);
    private static final int MAX_BATCH = 500;
    private static final int CHORE_STEPS = 20;

    /** A commit costs the broker some ten requests and appends, however much is in it. */
    private static final Duration COMMIT_GAP = Duration.ofMillis(5);

    private final String writer;
    private final Producer<String, Object> producer;
    private final WriterInputs inputs;
    private final WriterInputs.Reader reader;
    private final Decider decider;
    private final KafkaResourceTail tail;
    private final DeadLetters deadLetters;
    private final NodeSecrets secrets;
    private final Map<String, Long> positions = new HashMap<>();
    private final List<Input.Own> undecided;
    private final Pace pace = new Pace(COMMIT_GAP, 1);
    private WriterState state;

    /**
     * @param writer the id of this process's writer
     * @param undecided filled with the requests that were taken and of which it is not yet known what came of them
     */
    WriterSession(
            String writer,
            Producer<String, Object> producer,
            WriterInputs inputs,
            WriterInputs.Reader reader,
            Decider decider,
            KafkaResourceTail tail,
            DeadLetters deadLetters,
            NodeSecrets secrets,
            WriterState state,
            List<Input.Own> undecided) {
        this.writer = writer;
        this.producer = producer;
        this.inputs = inputs;
        this.reader = reader;
        this.decider = decider;
        this.tail = tail;
        this.deadLetters = deadLetters;
        this.secrets = secrets;
        this.state = state;
        this.undecided = undecided;
        WriterProgress progress = tail.progress();
        if (progress != null) {
            positions.putAll(progress.getPositions());
        }
    }

    /** Makes what every cluster has, and in any case says in the log who writes from here on. */
    void begin() {
        WriterOutputs outputs = new WriterOutputs(secrets, SOURCE);
        state = outputs.take(decider.bootstrap(state, Instant.now()), null);
        append(outputs);
    }

    /** The revision of the last change. */
    long revision() {
        return state.image().revision();
    }

    /** Decides what is at hand; while inputs come fast, what comes in the gap after the last commit too. */
    void handle() throws InterruptedException {
        Input first = inputs.next(PATIENCE);
        if (first == null && state.idle(Instant.now())) {
            return;
        }
        Portion portion = new Portion();
        for (Input input = first; input != null; input = inputs.next(pace.remaining(System.nanoTime()))) {
            portion.add(input);
            if (portion.size() >= MAX_BATCH) {
                break;
            }
        }
        pace.begin(portion.size(), System.nanoTime());
        commit(portion);
    }

    /** What is decided together. */
    private final class Portion {
        private final List<Input> inputs = new ArrayList<>();
        private int size;

        void add(Input input) {
            switch (input) {
                case Input.Portion read -> {
                    reader.taken();
                    size += read.events().size();
                }
                case Input.Own own -> {
                    undecided.add(own);
                    size++;
                }
                case Input.Broken broken -> throw broken.cause();
            }
            inputs.add(input);
        }

        int size() {
            return size;
        }
    }

    /** Decides a portion, and what deletions have left to do, and appends what comes of it. */
    private void commit(Portion portion) {
        WriterOutputs outputs = new WriterOutputs(secrets, SOURCE);
        Instant now = Instant.now();
        for (Input input : portion.inputs) {
            switch (input) {
                case Input.Portion read -> {
                    read.events().forEach(event -> decide(event, outputs, now));
                    positions.putAll(read.read());
                }
                case Input.Own own -> {
                    if (!own.isAbandoned()) {
                        decide(own.request(), own.answer(), outputs, now);
                    }
                }
                case Input.Broken broken -> throw broken.cause();
            }
        }
        for (int i = 0; i < CHORE_STEPS && !state.idle(now); i++) {
            Decision step = decider.chores(state, now);
            boolean idle = step.changes().isEmpty();
            state = outputs.take(step, null);
            if (idle) {
                break;
            }
        }
        if (!outputs.isEmpty()) {
            append(outputs);
        }
        undecided.clear();
    }

    private void append(WriterOutputs outputs) {
        WriterProgress progress = WriterProgress.newBuilder()
                .setPositions(new HashMap<>(positions))
                .setRevision(state.image().revision())
                .setWriter(writer)
                .build();
        producer.beginTransaction();
        outputs.records().forEach(producer::send);
        Future<RecordMetadata> last =
                producer.send(EventRecords.toSend(Topics.RESOURCES, PROGRESS_KEY, progress, TraceContext.NONE, SOURCE));
        producer.commitTransaction();
        tail.committed(
                outputs.changes(), state.image(), progress, last.resultNow().offset() + 1, outputs::giveAnswers);
    }

    private void decide(ReceivedEvent input, WriterOutputs outputs, Instant now) {
        switch (input.payload()) {
            case Payload.Known known -> decide(input, null, outputs, now);
            case Payload.Undecodable bad -> {
                log.warn("dead letter for {}: {}", input.position(), bad.cause());
                outputs.add(deadLetters.of(input, SOURCE, bad.cause()));
            }
            case Payload.Tombstone tombstone -> {}
        }
    }

    private void decide(
            ReceivedEvent input,
            @Nullable CompletableFuture<RequestOutcome> answer,
            WriterOutputs outputs,
            Instant now) {
        boolean own = input.partition() == WriterInputs.OWN;
        try {
            Decision decision = decider.decide(input, state, now);
            state = outputs.take(decision, input);
            if (decision.outcome() != null && !(own && answer == null)) {
                outputs.answer(decision.outcome(), input, answer);
            }
        } catch (RuntimeException e) { // nothing poisons the writer: the input is put aside and answered
            log.error("the decision on {} failed", own ? input.id() : input.position(), e);
            if (!own) {
                outputs.add(deadLetters.of(input, SOURCE, e.toString()));
            }
            if (input.event() instanceof DesiredStateRequest request) {
                outputs.answer(Decider.internalError(input, request, e), input, answer);
            }
        }
    }
}
