package dev.waybill.gateway.http;

import dev.waybill.gateway.state.StoredObject;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The lines of watches, each made once for all callers who watch in the same form. Holds the newest few megabytes, since
 * watchers are told of a change at nearly the same time. Thread-safe.
 */
final class WatchLines {
    private static final long KEPT_BYTES = 4 << 20;

    private final Map<Line, byte[]> newest = new LinkedHashMap<>();
    private long bytes;

    /**
     * What a line depends on.
     *
     * @param object by identity: one object is one revision
     */
    private record Line(StoredObject object, String type, String apiVersion, Negotiation negotiation) {}

    /** The line of a change for one caller of possibly many. */
    synchronized byte[] shared(ApiCall call, String type, StoredObject object, Supplier<String> text) {
        Line line = new Line(object, type, call.kind().apiVersion(), call.negotiation());
        byte[] known = newest.get(line);
        if (known != null) {
            return known;
        }
        byte[] made = of(type, text.get());
        newest.put(line, made);
        bytes += made.length;
        for (var eldest = newest.values().iterator(); bytes > KEPT_BYTES && eldest.hasNext(); eldest.remove()) {
            bytes -= eldest.next().length;
        }
        return made;
    }

    /** A line for one caller. */
    static byte[] of(String type, String object) {
        return ("{\"type\":\"" + type + "\",\"object\":" + object + "}\n").getBytes(StandardCharsets.UTF_8);
    }
}
