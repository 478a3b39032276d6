package dev.waybill.image.pull;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Who waits for which pull: requests for one reference share it, a repeated request counts once. Thread-safe. */
public final class RunningPulls {

    private final int limit;
    private final Map<String, Map<String, PullRequest>> waiting = new HashMap<>();

    /** @param limit pulls at once, running or queued */
    public RunningPulls(int limit) {
        this.limit = limit;
    }

    /** What became of a request. */
    public enum Joined {
        /** It is the first: the caller starts the pull. */
        FIRST,
        /** The pull runs already. */
        JOINED,
        /** There are too many pulls. */
        FULL
    }

    /** Adds a request to the pull of an image, by the image's full reference. */
    public synchronized Joined join(String image, PullRequest request) {
        Map<String, PullRequest> waiters = waiting.get(image);
        if (waiters != null) {
            waiters.putIfAbsent(request.id(), request);
            return Joined.JOINED;
        }
        if (waiting.size() >= limit) {
            return Joined.FULL;
        }
        Map<String, PullRequest> first = new LinkedHashMap<>();
        first.put(request.id(), request);
        waiting.put(image, first);
        return Joined.FIRST;
    }

    /** Ends a pull; everybody returned gets the answer. */
    public synchronized List<PullRequest> finish(String image) {
        Map<String, PullRequest> waiters = waiting.remove(image);
        return waiters == null ? List.of() : List.copyOf(waiters.values());
    }
}
