package dev.waybill.gateway.state.kafka;

import dev.waybill.events.RequestOutcome;
import dev.waybill.events.catalog.Topics;
import dev.waybill.gateway.state.Decision;
import dev.waybill.gateway.state.ResourceDelta;
import dev.waybill.gateway.state.WriterState;
import dev.waybill.runtime.EventRecords;
import dev.waybill.runtime.ReceivedEvent;
import dev.waybill.runtime.TraceContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** What a portion of inputs comes to, in the order in which it was decided. One thread at a time. */
final class WriterOutputs {
    /** Who the records are from. */
    static final String SOURCE = "gateway";

    private final NodeSecrets secrets;
    private final List<ResourceDelta> changes = new ArrayList<>();
    private final List<Answer> answers = new ArrayList<>();
    private final List<WriterInputs.Input.Own> asked = new ArrayList<>();
    private List<ProducerRecord<String, Object>> unsent = new ArrayList<>();
    private boolean sent;
    private int inputs;

    private record Answer(CompletableFuture<RequestOutcome> to, RequestOutcome outcome) {}

    /** @param secrets seals what goes to a node with its key */
    WriterOutputs(NodeSecrets secrets) {
        this.secrets = secrets;
    }

    /** Counts records that were read. */
    void begin(WriterInputs.Input.Portion read) {
        inputs += read.events().size();
    }

    /** Counts records that had been read before. */
    void begin(int records) {
        inputs += records;
    }

    /** Counts a request of this process, of which it is not known what comes of it until these outputs are a fact. */
    void begin(WriterInputs.Input.Own own) {
        inputs++;
        asked.add(own);
    }

    /** Takes what a decision changes and emits, and gives the state after it; its answer is another matter. */
    WriterState take(Decision decision, @Nullable ReceivedEvent input) {
        TraceContext trace = input == null ? TraceContext.NONE : input.trace().child();
        for (ResourceDelta delta : decision.changes()) {
            changes.add(delta.by(decision.user()));
            unsent.add(EventRecords.toSend(
                    Topics.RESOURCES,
                    delta.key().logKey(),
                    LogRecords.changed(delta, input, trace, decision.user()),
                    trace,
                    SOURCE));
            if (delta.change() == ResourceDelta.Change.DELETED) {
                unsent.add(
                        EventRecords.toSend(Topics.RESOURCES, delta.key().logKey(), null, TraceContext.NONE, SOURCE));
            }
        }
        decision.emissions()
                .forEach(emission -> unsent.add(EventRecords.toSend(
                        emission.topic(), emission.key(), secrets.sealed(emission.event()), trace, SOURCE)));
        return decision.next();
    }

    /** The outcome goes on its topic, and to whoever waits for it in this process. */
    void answer(RequestOutcome outcome, ReceivedEvent input, @Nullable CompletableFuture<RequestOutcome> to) {
        RequestOutcome bounded = LogRecords.bounded(outcome);
        unsent.add(EventRecords.toSend(
                Topics.OUTCOMES, bounded.getRequestId(), bounded, input.trace().child(), SOURCE));
        if (to != null) {
            answers.add(new Answer(to, bounded));
        }
    }

    void add(ProducerRecord<String, Object> record) {
        unsent.add(record);
    }

    /** How many inputs were decided. */
    int inputs() {
        return inputs;
    }

    /** Whether nothing came of the inputs. */
    boolean isEmpty() {
        return !sent && unsent.isEmpty();
    }

    /** The requests of this process among the inputs. */
    List<WriterInputs.Input.Own> asked() {
        return asked;
    }

    boolean hasUnsent() {
        return !unsent.isEmpty();
    }

    /** The records that were not taken before. */
    List<ProducerRecord<String, Object>> takeUnsent() {
        List<ProducerRecord<String, Object>> taken = unsent;
        sent |= hasUnsent();
        unsent = new ArrayList<>();
        return taken;
    }

    List<ResourceDelta> changes() {
        return changes;
    }

    /** Tells those who wait. */
    void giveAnswers() {
        answers.forEach(answer -> answer.to().complete(answer.outcome()));
    }
}
