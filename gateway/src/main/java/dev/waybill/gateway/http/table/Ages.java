package dev.waybill.gateway.http.table;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;

/** Durations the way kubectl prints them: 45s, 3m12s, 5h2m, 2d4h, 31d, 2y17d. Pure. */
public final class Ages {
    private Ages() {}

    /** The age of an RFC 3339 time; {@code <unknown>} without one. */
    public static String since(String time, Instant now) {
        try {
            return time.isEmpty() ? "<unknown>" : of(Duration.between(Instant.parse(time), now));
        } catch (DateTimeException e) {
            return "<invalid>";
        }
    }

    /** A duration in at most two units. */
    public static String of(Duration duration) {
        long seconds = duration.toSeconds();
        if (seconds < 0) {
            return seconds >= -1 ? "0s" : "<invalid>";
        }
        long minutes = duration.toMinutes();
        long hours = duration.toHours();
        long days = duration.toDays();
        if (seconds < 120) {
            return seconds + "s";
        }
        if (minutes < 10) {
            return two(minutes, "m", seconds % 60, "s");
        }
        if (minutes < 180) {
            return minutes + "m";
        }
        if (hours < 8) {
            return two(hours, "h", minutes % 60, "m");
        }
        if (hours < 48) {
            return hours + "h";
        }
        if (days < 8) {
            return two(days, "d", hours % 24, "h");
        }
        if (days < 730) {
            return days + "d";
        }
        return days < 2_920 ? two(days / 365, "y", days % 365, "d") : days / 365 + "y";
    }

    private static String two(long big, String bigUnit, long small, String smallUnit) {
        return big + bigUnit + (small == 0 ? "" : small + smallUnit);
    }
}
