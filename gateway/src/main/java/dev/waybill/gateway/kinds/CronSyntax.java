package dev.waybill.gateway.kinds;

import com.google.re2j.Pattern;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whether a text is a schedule of the standard cron format with its descriptors. Stateless. */
final class CronSyntax {
    private static final Pattern DESCRIPTOR =
            Pattern.compile("@(yearly|annually|monthly|weekly|daily|midnight|hourly|every [0-9a-zµ.]+)");
    private static final List<String> MONTHS =
            List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");
    private static final List<String> DAYS = List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat");
    private static final int[][] RANGES = {{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 6}};
    private static final Map<Integer, List<String>> NAMES = Map.of(3, MONTHS, 4, DAYS);

    private CronSyntax() {}

    static boolean isValid(String schedule) {
        return problem(schedule) == null;
    }

    /** What is wrong with a schedule, in the words of the library that Kubernetes reads it with; null when nothing is. */
    static @Nullable String problem(String schedule) {
        if (schedule.startsWith("@")) {
            return DESCRIPTOR.matches(schedule) ? null : "unrecognized descriptor: " + schedule;
        }
        String[] fields = schedule.strip().split("\\s+", -1);
        if (fields.length != RANGES.length) {
            return "expected exactly " + RANGES.length + " fields, found " + fields.length + ": ["
                    + String.join(" ", fields) + "]";
        }
        for (int i = 0; i < fields.length; i++) {
            for (String part : fields[i].split(",", -1)) {
                if (!part(part, i)) {
                    return "no value of its field, which goes from " + RANGES[i][0] + " to " + RANGES[i][1] + ": "
                            + part;
                }
            }
        }
        return null;
    }

    private static boolean part(String part, int field) {
        String[] step = part.split("/", -1);
        if (step.length > 2 || (step.length == 2 && !step[1].matches("[1-9][0-9]{0,3}"))) {
            return false;
        }
        if (step[0].equals("*") || step[0].equals("?")) {
            return true;
        }
        String[] range = step[0].split("-", -1);
        Integer from = value(range[0], field);
        Integer to = range.length == 2 ? value(range[1], field) : from;
        return range.length <= 2 && from != null && to != null && from <= to;
    }

    private static @Nullable Integer value(String text, int field) {
        int name = NAMES.getOrDefault(field, List.of()).indexOf(text.toLowerCase(Locale.ROOT));
        if (name >= 0) {
            return name + (field == 3 ? 1 : 0);
        }
        if (!text.matches("[0-9]{1,2}")) {
            return null;
        }
        int value = Integer.parseInt(text);
        return value < RANGES[field][0] || value > RANGES[field][1] ? null : value;
    }
}
