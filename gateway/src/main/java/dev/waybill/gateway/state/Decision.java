package dev.waybill.gateway.state;

import dev.waybill.events.RequestOutcome;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the writer makes of one input: changes, the answer, and the state after it. Immutable.
 *
 * @param next the state after it
 * @param changes in the order of their revisions
 * @param emissions records for other topics
 * @param outcome the answer to a request; null for other inputs
 * @param user who asked for it
 * @param unexamined what must be examined before the request can be decided; null when it is decided
 */
public record Decision(
        WriterState next,
        List<ResourceDelta> changes,
        List<Emission> emissions,
        @Nullable RequestOutcome outcome,
        String user,
        @Nullable Examination unexamined) {

    Decision(
            WriterState next,
            List<ResourceDelta> changes,
            List<Emission> emissions,
            @Nullable RequestOutcome outcome,
            String user) {
        this(next, changes, emissions, outcome, user, null);
    }

    public static Decision nothing(WriterState state) {
        return new Decision(state, List.of(), List.of(), null, "");
    }

    /** Nothing yet. */
    static Decision unexamined(WriterState state, Examination examination, String user) {
        return new Decision(state, List.of(), List.of(), null, user, examination);
    }

    /** An answer, and nothing else. */
    static Decision answer(WriterState state, RequestOutcome outcome, String user) {
        return new Decision(state, List.of(), List.of(), outcome, user);
    }

    /** The same, after which the answer is remembered. */
    Decision remembered(Instant now) {
        return outcome == null
                ? this
                : new Decision(next.with(next.requests().with(outcome, now)), changes, emissions, outcome, user);
    }

    /** Whether nothing has to be written for it. */
    public boolean isEmpty() {
        return changes.isEmpty() && emissions.isEmpty() && outcome == null;
    }
}
