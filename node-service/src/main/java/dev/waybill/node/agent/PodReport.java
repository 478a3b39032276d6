package dev.waybill.node.agent;

import dev.waybill.node.pod.PodSpec;
import dev.waybill.node.pod.PodState;
import dev.waybill.node.pod.PodStatus;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the API was told of one pod: its status when it changed, and again when that was lost; its end until the API has
 * forgotten it. Used by one thread at a time; answers of the broker may come from any.
 */
final class PodReport {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration AGAIN = Duration.ofSeconds(10);

    private final NodeEvents events;
    private final String hostAddress;
    private final Clock clock;
    private @Nullable ObjectNode reported;
    private volatile boolean lost;
    private long reportedNanos = System.nanoTime() - AGAIN.toNanos();
    private long terminatedNanos;
    private boolean terminatedTold;

    /** {@code remembered} is the last report of an earlier agent, which may not have arrived; empty for none. */
    PodReport(NodeEvents events, String hostAddress, Clock clock, String remembered) {
        this.events = events;
        this.hostAddress = hostAddress;
        this.clock = clock;
        if (!remembered.isEmpty() && JSON.readTree(remembered) instanceof ObjectNode status && !status.isEmpty()) {
            this.reported = status;
        }
        this.lost = true;
    }

    /** The last report; empty for none. */
    String last() {
        return reported == null ? "" : reported.toString();
    }

    /** The status as it is now. */
    String status(PodSpec pod, PodState state) {
        return now(pod, state).toString();
    }

    private ObjectNode now(PodSpec pod, PodState state) {
        return PodStatus.of(pod, state, hostAddress, reported, clock.instant());
    }

    /** Tells what is to be told; {@code saving} puts what is about to be told on the disk. */
    void tell(NodeEvents.Subject subject, PodState state, Runnable saving) {
        long nanos = System.nanoTime();
        if (state.gone()) {
            return;
        }
        if (state.terminated()) {
            repeatTerminated(subject, state, nanos);
            return;
        }
        ObjectNode status = now(subject.pod(), state);
        boolean again = lost && nanos - reportedNanos > AGAIN.toNanos();
        if (status.equals(reported) && !again) {
            return;
        }
        reported = status;
        reportedNanos = nanos;
        lost = true;
        saving.run();
        lost = false;
        events.podStatus(subject, status.toString()).whenComplete((_, failure) -> {
            if (failure != null) {
                lost = true;
            }
        });
    }

    /** The first announcement is the state machine's, and may have been lost. */
    private void repeatTerminated(NodeEvents.Subject subject, PodState state, long nanos) {
        if (!terminatedTold) {
            terminatedTold = true;
            terminatedNanos = nanos;
        } else if (nanos - terminatedNanos > AGAIN.toNanos()) {
            terminatedNanos = nanos;
            events.podTerminated(subject, status(subject.pod(), state));
        }
    }
}
