package dev.waybill.node.logs;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which part of a log is wanted, as PodLogOptions says. Immutable.
 *
 * @param tailLines -1 is all
 * @param limitBytes -1 is no limit
 */
public record LogOptions(
        boolean follow,
        boolean previous,
        boolean timestamps,
        long tailLines,
        @Nullable Instant since,
        long limitBytes) {

    /**
     * Reads the query parameters of a request.
     *
     * @throws IllegalArgumentException naming the parameter that is wrong
     */
    public static LogOptions parse(Map<String, String> query, Instant now) {
        long sinceSeconds = number(query, "sinceSeconds", 1);
        Instant since = sinceSeconds < 0 ? null : now.minusSeconds(sinceSeconds);
        String sinceTime = query.getOrDefault("sinceTime", "");
        if (!sinceTime.isEmpty()) {
            try {
                since = Instant.parse(sinceTime);
            } catch (DateTimeParseException e) {
                throw new IllegalArgumentException("sinceTime: not a time: " + sinceTime, e);
            }
        }
        return new LogOptions(
                flag(query, "follow"),
                flag(query, "previous"),
                flag(query, "timestamps"),
                number(query, "tailLines", 0),
                since,
                number(query, "limitBytes", 1));
    }

    private static boolean flag(Map<String, String> query, String name) {
        String text = query.getOrDefault(name, "");
        return text.equals("true") || text.equals("1");
    }

    private static long number(Map<String, String> query, String name, long least) {
        String text = query.getOrDefault(name, "");
        if (text.isEmpty()) {
            return -1;
        }
        try {
            long number = Long.parseLong(text);
            if (number >= least) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException(name + ": must be a whole number of " + least + " or more, not " + text);
    }
}
