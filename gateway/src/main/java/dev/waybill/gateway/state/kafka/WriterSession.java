package dev.waybill.gateway.state.kafka;

import dev.waybill.events.DesiredStateRequest;
import dev.waybill.events.RequestOutcome;
import dev.waybill.events.WriterProgress;
import dev.waybill.events.serde.Payload;
import dev.waybill.gateway.examination.Examinations;
import dev.waybill.gateway.state.Decider;
import dev.waybill.gateway.state.Decision;
import dev.waybill.gateway.state.Examination;
import dev.waybill.gateway.state.Examination.Verdict;
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
import java.util.Objects;
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

    /** How often a request is examined whose object has changed meanwhile; Kubernetes tries patches as often. */
    private static final int ROUNDS = 5;

    /** A commit costs the broker some ten requests and appends, however much is in it. */
    private static final Duration COMMIT_GAP = Duration.ofMillis(3);

    private final String writer;
    private final Duration pulse;
    private final WriterInputs inputs;
    private final WriterInputs.Reader reader;
    private final Decider decider;
    private final DeadLetters deadLetters;
    private final NodeSecrets secrets;
    private final WriterCommits commits;
    private final Examinations examinations;
    private final Postponed postponed = new Postponed();
    private final Map<String, Long> positions = new HashMap<>();
    private final List<Input.Own> undecided;
    private final Pace pace = new Pace(COMMIT_GAP, 1);
    private WriterState state;
    private WriterOutputs outputs;
    private boolean choresLeft;
    private long lastCommit;

    /**
     * @param writer the id of this process's writer
     * @param pulse how long the log may say nothing, so that it is known that somebody writes
     * @param examinations hold rules against objects for which there is no time here
     * @param undecided filled in the end with the requests that were taken and of which it is not known what came of them
     */
    WriterSession(
            String writer,
            Duration pulse,
            Producer<String, Object> producer,
            WriterInputs inputs,
            WriterInputs.Reader reader,
            Decider decider,
            KafkaResourceTail tail,
            DeadLetters deadLetters,
            NodeSecrets secrets,
            Examinations examinations,
            WriterState state,
            List<Input.Own> undecided) {
        this.writer = writer;
        this.pulse = pulse;
        this.inputs = inputs;
        this.reader = reader;
        this.decider = decider;
        this.deadLetters = deadLetters;
        this.secrets = secrets;
        this.examinations = examinations;
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
        commit(writer);
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
        if (outputs.isEmpty() && !isSilent()) {
            outputs = new WriterOutputs(secrets);
        } else {
            commit(writer);
        }
    }

    private void decideWhatIsAtHand() throws InterruptedException {
        Input input = next(patience());
        while (input != null) {
            decide(input);
            commits.send(outputs);
            input = outputs.inputs() < MAX_BATCH ? next(Duration.ZERO) : null;
        }
    }

    /** What nobody waits for does not hold up a commit that is due. */
    private @Nullable Input next(Duration patience) throws InterruptedException {
        return outputs.inputs() > 0 && commits.isFree() && isDue() ? inputs.nextUrgent() : inputs.next(patience);
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
            return isSilent() || !state.idle(Instant.now());
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
                postponed.read(read.read(), positions);
                reader.pause(postponed.full());
            }
            case Input.Own own -> {
                if (!own.isAbandoned()) {
                    decide(Postponed.Case.of(own), now);
                }
            }
            case Input.Examined examined -> decide(examined, now);
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

    private boolean isSilent() {
        return System.nanoTime() - lastCommit > pulse.toNanos();
    }

    /** Begins to commit what was decided, and says who writes from here on. */
    private void commit(String by) {
        WriterProgress progress = WriterProgress.newBuilder()
                .setPositions(new HashMap<>(positions))
                .setRevision(state.image().revision())
                .setWriter(by)
                .build();
        commits.begin(outputs, state.image(), progress);
        outputs = new WriterOutputs(secrets);
        lastCommit = System.nanoTime();
    }

    /** Commits what was decided, for an end that is not a failure, and leaves the place. */
    void finish() throws InterruptedException {
        commits.await();
        commit(Vacancy.NOBODY);
        commits.await();
    }

    @Override
    public void close() {
        commits.close();
        undecided.addAll(commits.asked());
        undecided.addAll(outputs.asked());
        undecided.addAll(postponed.asked());
    }

    private void decide(ReceivedEvent input, Instant now) {
        if (postponed.keeps(input)) {
            return;
        }
        decide(Postponed.Case.of(input), now);
    }

    private void decide(Input.Examined examined, Instant now) {
        if (!postponed.remove(examined.of())) {
            return; // a reign before this one has asked for it
        }
        Input.Own own = examined.of().own();
        if (own == null) {
            outputs.begin(postponed.goOn(examined.now(), next -> decide(next, now), positions));
            reader.pause(postponed.full());
        } else if (!own.isAbandoned()) {
            decide(examined.now(), now);
        }
    }

    /** False when it is postponed. */
    private boolean decide(Postponed.Case input, Instant now) {
        switch (input.input().payload()) {
            case Payload.Known known when input.failure() != null -> fail(input, input.failure());
            case Payload.Known known -> {
                try {
                    Decision decision = decider.decide(input.input(), state, now, input.verdict());
                    if (decision.unexamined() != null) {
                        return !postpone(input, decision);
                    }
                    begin(input);
                    state = outputs.take(decision, input.input());
                    answer(input, decision.outcome());
                } catch (RuntimeException e) {
                    fail(input, e);
                }
            }
            case Payload.Undecodable bad -> {
                log.warn("dead letter for {}: {}", input.input().position(), bad.cause());
                outputs.add(deadLetters.of(input.input(), WriterOutputs.SOURCE, bad.cause()));
            }
            case Payload.Tombstone tombstone -> {}
        }
        return true;
    }

    /** Has it examined beside; false when it is answered, since that would be once too often, or too much waits. */
    private boolean postpone(Postponed.Case input, Decision decision) {
        DesiredStateRequest request = (DesiredStateRequest) input.input().event();
        if (input.round() >= ROUNDS) {
            begin(input);
            answer(input, Decider.overtaken(input.input(), request));
            return false;
        }
        CompletableFuture<RequestOutcome> asker =
                input.own() == null ? null : input.own().answer();
        Examination examination = Objects.requireNonNull(decision.unexamined());
        CompletableFuture<Verdict> verdict = asker == null
                ? examinations.add(decision.user(), examination)
                : examinations.offer(decision.user(), examination);
        if (verdict == null) {
            Objects.requireNonNull(asker).completeExceptionally(NotWritingException.busy());
            return false;
        }
        postponed.add(input);
        verdict.whenComplete((found, failure) -> inputs.examined(input, input.examined(found, failure)));
        if (asker != null) {
            asker.whenComplete((_, _) -> verdict.cancel(false)); // nobody asks any more
        }
        return true;
    }

    private void begin(Postponed.Case input) {
        if (input.own() != null) {
            outputs.begin(input.own());
        }
    }

    private void answer(Postponed.Case input, @Nullable RequestOutcome outcome) {
        CompletableFuture<RequestOutcome> asker =
                input.own() == null ? null : input.own().answer();
        if (outcome != null && !(input.own() != null && asker == null)) {
            outputs.answer(outcome, input.input(), asker);
        }
    }

    /** Nothing poisons the writer: the input is put aside and answered. */
    private void fail(Postponed.Case input, Throwable cause) {
        Input.Own own = input.own();
        log.error(
                "the decision on {} failed",
                own == null ? input.input().position() : input.input().id(),
                cause);
        if (own != null && !outputs.asked().contains(own)) {
            outputs.begin(own);
        }
        if (own == null) {
            outputs.add(deadLetters.of(input.input(), WriterOutputs.SOURCE, cause.toString()));
        }
        if (input.input().event() instanceof DesiredStateRequest request) {
            outputs.answer(
                    Decider.internalError(input.input(), request, cause),
                    input.input(),
                    own == null ? null : own.answer());
        }
    }
}
