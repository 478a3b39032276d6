package dev.waybill.gateway.state;

import dev.waybill.events.RequestOutcome;
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
 */
public record Decision(
        WriterState next,
        List<ResourceDelta> changes,
        List<Emission> emissions,
        @Nullable RequestOutcome outcome,
        String user) {

    public static Decision nothing(WriterState state) {
        return new Decision(state, List.of(), List.of(), null, "");
    }

    /** Whether nothing has to be written for it. */
    public boolean isEmpty() {
        return changes.isEmpty() && emissions.isEmpty() && outcome == null;
    }
}
