package dev.waybill.gateway.state.kafka;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOutcome;
import dev.waybill.events.WriterProgress;
import dev.waybill.events.serde.Payload;
import dev.waybill.gateway.state.Decider;
import dev.waybill.gateway.state.Decision;
import dev.waybill.gateway.state.WriterState;
import dev.waybill.gateway.state.kafka.WriterInputs.Input;
import dev.waybill.runtime.DeadLetters;
import dev.waybill.runtime.Pace;
import dev.waybill.runtime.ReceivedEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.Producer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One reign of the writer: decides on top of a speculative state, which {@link WriterCommits} makes fact. Whatever ends
 * it, closing it tells which requests came to nothing. One thread.
 */
final class WriterSession implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(WriterSession.class);
    private static final Duration PATIENCE = Duration.ofMillis(200);
    private static final int MAX_BATCH = 500;
    private static final int CHORE_STEPS = 20;

    /** A commit costs the broker some ten requests and appends, however much is in it. */
    private static final Duration COMMIT_GAP = Duration.ofMillis(5);

    private final String writer;
    private final WriterInputs inputs;
    private final WriterInputs.Reader reader;
    private final Decider decider;
    private final DeadLetters deadLetters;
    private final NodeSecrets secrets;
    private final WriterCommits commits;
    private final Map<String, Long> positions = new HashMap<>();
    private final List<Input.Own> undecided;
    private final Pace pace = new Pace(COMMIT_GAP, 1);
    private WriterState state;
    private WriterOutputs outputs;
    private boolean choresLeft;

    /**
     * @param writer the id of this process's writer
     * @param undecided filled in the end with the requests that were taken and of which it is not known what came of them
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
        this.inputs = inputs;
        this.reader = reader;
        this.decider = decider;
        this.deadLetters = deadLetters;
        this.secrets = secrets;
        this.commits = new WriterCommits(producer, tail, inputs::nudge);
        this.state = state;
        this.outputs = new WriterOutputs(secrets);
        this.undecided = undecided;
        WriterProgress progress = tail.progress();
        if (progress != null) {
            positions.putAll(progress.getPositions());
        }
    }

    /** Makes what every cluster has, and in any case says in the log who writes from here on. */
    void begin() throws InterruptedException {
        state = outputs.take(decider.bootstrap(state, Instant.now()), null);
        commit();
        commits.await();
    }

    /** The revision of the last change. */
    long revision() {
        return state.image().revision();
    }

    /** Decides what is at hand, and begins to commit it if the commit before has ended and is not too recent. */
    void handle() throws InterruptedException {
        if (outputs.inputs() >= MAX_BATCH) {
            commits.await();
        } else {
            decideWhatIsAtHand();
        }
        if (!commits.isFree() || !isDue()) {
            return;
        }
        doChores();
        pace.begin(outputs.inputs(), System.nanoTime());
        commit();
    }

    private void decideWhatIsAtHand() throws InterruptedException {
        Input input = inputs.next(patience());
        while (input != null) {
            decide(input);
            input = outputs.inputs() < MAX_BATCH ? inputs.next(Duration.ZERO) : null;
        }
    }

    /** The end of a commit is an input too. */
    private Duration patience() throws InterruptedException {
        if (!commits.isFree()) {
            return PATIENCE;
        }
        if (outputs.inputs() == 0) {
            return choresLeft ? Duration.ZERO : PATIENCE;
        }
        return pace.remaining(System.nanoTime());
    }

    private boolean isDue() {
        if (outputs.inputs() == 0) {
            return !state.idle(Instant.now());
        }
        return outputs.inputs() >= MAX_BATCH
                || !pace.remaining(System.nanoTime()).isPositive();
    }

    private void decide(Input input) {
        Instant now = Instant.now();
        switch (input) {
            case Input.Portion read -> {
                reader.taken();
                outputs.begin(read);
                read.events().forEach(event -> decide(event, now));
                positions.putAll(read.read());
            }
            case Input.Own own -> {
                outputs.begin(own);
                if (!own.isAbandoned()) {
                    decide(own.request(), own.answer(), now);
                }
            }
            case Input.Broken broken -> throw broken.cause();
            case Input.Nudge nudge -> {}
        }
    }

    /** What deletions have left to do, a limited part of it. */
    private void doChores() {
        Instant now = Instant.now();
        choresLeft = !state.idle(now);
        for (int i = 0; i < CHORE_STEPS && choresLeft; i++) {
            Decision step = decider.chores(state, now);
            state = outputs.take(step, null);
            choresLeft = !step.changes().isEmpty() && !state.idle(now);
        }
    }

    /** Begins to commit what was decided, if anything came of it. */
    private void commit() {
        if (!outputs.isEmpty()) {
            WriterProgress progress = WriterProgress.newBuilder()
                    .setPositions(new HashMap<>(positions))
                    .setRevision(state.image().revision())
                    .setWriter(writer)
                    .build();
            commits.begin(outputs, state.image(), progress);
        }
        outputs = new WriterOutputs(secrets);
    }

    /** Commits what was decided, for an end that is not a failure. */
    void finish() throws InterruptedException {
        commits.await();
        commit();
        commits.await();
    }

    @Override
    public void close() {
        commits.close();
        undecided.addAll(commits.asked());
        undecided.addAll(outputs.asked());
    }

    private void decide(ReceivedEvent input, Instant now) {
        switch (input.payload()) {
            case Payload.Known known -> decide(input, null, now);
            case Payload.Undecodable bad -> {
                log.warn("dead letter for {}: {}", input.position(), bad.cause());
                outputs.add(deadLetters.of(input, WriterOutputs.SOURCE, bad.cause()));
            }
            case Payload.Tombstone tombstone -> {}
        }
    }

    private void decide(ReceivedEvent input, @Nullable CompletableFuture<RequestOutcome> answer, Instant now) {
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
                outputs.add(deadLetters.of(input, WriterOutputs.SOURCE, e.toString()));
            }
            if (input.event() instanceof DesiredStateRequest request) {
                outputs.answer(Decider.internalError(input, request, e), input, answer);
            }
        }
    }
}
