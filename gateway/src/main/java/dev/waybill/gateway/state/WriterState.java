package dev.waybill.gateway.state;

import dev.waybill.events.RequestOutcome;
import java.time.Instant;
import org.pcollections.HashPMap;
import org.pcollections.HashTreePMap;

/**
 * Everything that decisions depend on: the image, which the log carries, and memories that need not survive. Immutable.
 *
 * @param reports newest report by pod uid or node name. Forgotten with the process: then the node epoch on the Node,
 *     the order of the topic and the rule that terminal phases never leave still hold
 * @param batches the requests that an owner's children come from, see {@link Batch}
 */
public record WriterState(
        ResourceImage image,
        RememberedRequests requests,
        Chores chores,
        HashPMap<String, Report> reports,
        HashPMap<String, Batch> batches) {

    /** How new a node's report was. */
    record Report(long epoch, long sequence) {
        boolean newerThan(Report other) {
            return epoch != other.epoch ? epoch > other.epoch : sequence > other.sequence;
        }
    }

    /**
     * Children of one owner that were asked for on the same view of it: each changes the children, and yet none must
     * stand in the way of the next.
     *
     * @param seen the children's revision that the sender had seen
     * @param last the children's revision that its own requests led to
     */
    record Batch(long seen, long last) {}

    /** The state that an image stands for, after a takeover. */
    public static WriterState of(ResourceImage image, Iterable<RequestOutcome> recentOutcomes, Instant now) {
        RememberedRequests requests = RememberedRequests.NONE;
        for (RequestOutcome outcome : recentOutcomes) {
            requests = outcome.getPublisher().isEmpty() ? requests : requests.with(outcome, now);
        }
        return new WriterState(image, requests, Chores.of(image, now), HashTreePMap.empty(), HashTreePMap.empty());
    }

    /** Whether deletions have left nothing to do and nothing has expired. */
    public boolean idle(Instant now) {
        return chores.isIdle(now);
    }

    WriterState with(RememberedRequests remembered) {
        return new WriterState(image, remembered, chores, reports, batches);
    }

    WriterState withReport(String subject, Report report) {
        return new WriterState(image, requests, chores, reports.plus(subject, report), batches);
    }
}
