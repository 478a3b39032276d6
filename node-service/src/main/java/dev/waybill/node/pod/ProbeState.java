package dev.waybill.node.pod;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the answers to one probe of a container came to: UNKNOWN until enough of them agree, then PASSED or FAILED, and
 * over again as they change. Immutable.
 *
 * @param due when it is to be asked next
 * @param asked since when an answer is waited for
 * @param same answers in a row that say the same
 */
public record ProbeState(
        Verdict verdict, Instant due, @Nullable Instant asked, boolean well, int same) {
    private static final Duration LOST = Duration.ofSeconds(5);

    /** What is held to be so. */
    public enum Verdict {
        UNKNOWN,
        PASSED,
        FAILED
    }

    static ProbeState fresh(ProbeSpec spec, Instant startedAt) {
        return new ProbeState(Verdict.UNKNOWN, startedAt.plus(spec.initialDelay()), null, true, 0);
    }

    /** Whether to ask now; an answer that is long overdue was lost. */
    boolean isDue(ProbeSpec spec, Instant now) {
        if (asked != null && now.isBefore(asked.plus(spec.timeout()).plus(LOST))) {
            return false;
        }
        return !now.isBefore(due);
    }

    ProbeState asking(ProbeSpec spec, Instant now) {
        return new ProbeState(verdict, now.plus(spec.period()), now, well, same);
    }

    ProbeState answered(ProbeSpec spec, boolean answer) {
        int count = same > 0 && well == answer ? same + 1 : 1;
        Verdict next = verdict;
        if (answer && count >= spec.successThreshold()) {
            next = Verdict.PASSED;
        } else if (!answer && count >= spec.failureThreshold()) {
            next = Verdict.FAILED;
        }
        return new ProbeState(next, due, null, answer, count);
    }
}
