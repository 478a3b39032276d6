package dev.waybill.node.resources;

import dev.waybill.node.resources.ContainerLimits.DeviceRule;
import dev.waybill.node.resources.ContainerLimits.Ulimit;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the values of annotations in the syntax of {@code docker run}; what cannot be read is named. Pure. */
final class KnobText {
    static final Set<String> ULIMITS = Set.of(
            "core",
            "cpu",
            "data",
            "fsize",
            "locks",
            "memlock",
            "msgqueue",
            "nice",
            "nofile",
            "nproc",
            "rss",
            "rtprio",
            "rttime",
            "sigpending",
            "stack");

    private static final Pattern BYTES = Pattern.compile("(\\d{1,15})(?:([kmgt])b?|([KMGT])i|b)?");
    private static final Pattern RULE = Pattern.compile("([abc])\\s+(\\d{1,7}|\\*):(\\d{1,7}|\\*)\\s+([rwm]{1,3})");
    private static final Pattern RANGE = Pattern.compile("(\\d{1,4})(?:-(\\d{1,4}))?");
    private static final Pattern ACCESS = Pattern.compile("[rwm]{1,3}");

    private KnobText() {}

    static long number(String text, long min, long max) {
        long number;
        try {
            number = Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not a number");
        }
        if (number < min || number > max) {
            throw new IllegalArgumentException("must be from " + min + " to " + max);
        }
        return number;
    }

    static boolean flag(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("must be true or false");
        };
    }

    /** {@code 64m}, {@code 64Mi}, {@code 67108864}: all powers of 1024. {@code 64M} could be either and is refused. */
    static long bytes(String text) {
        Matcher matcher = BYTES.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a size: write bytes, or 64Ki, 64Mi, 64Gi, or 64k, 64m, 64g");
        }
        String unit = matcher.group(2) != null ? matcher.group(2) : matcher.group(3);
        int power = unit == null ? 0 : "kmgt".indexOf(unit.toLowerCase(Locale.ROOT)) + 1;
        try {
            return Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << (10 * power));
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("too large");
        }
    }

    static long iops(String text) {
        return number(text, 0, 4_294_967_295L);
    }

    /** {@code 0-2,4} as a set; every member must be one of those online. */
    static String indexes(String text, Set<Integer> online, String what) {
        Set<Integer> wanted = new TreeSet<>();
        for (String part : text.split(",", -1)) {
            Matcher matcher = RANGE.matcher(part);
            if (!matcher.matches()) {
                throw new IllegalArgumentException("not a list: write 0-2,4");
            }
            int first = Integer.parseInt(matcher.group(1));
            int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
            if (last < first) {
                throw new IllegalArgumentException("a range must rise");
            }
            for (int index = first; index <= last; index++) {
                wanted.add(index);
            }
        }
        if (!online.containsAll(wanted)) {
            throw new IllegalArgumentException("this machine has " + what + " " + ranges(online) + " only");
        }
        return ranges(wanted);
    }

    /** As the kernel writes it: ranges where numbers follow each other. */
    static String ranges(Set<Integer> numbers) {
        StringBuilder text = new StringBuilder();
        Integer first = null;
        Integer last = null;
        for (Integer number : new TreeSet<>(numbers)) {
            if (last != null && number == last + 1) {
                last = number;
                continue;
            }
            append(text, first, last);
            first = number;
            last = number;
        }
        append(text, first, last);
        return text.toString();
    }

    private static void append(StringBuilder text, @Nullable Integer first, @Nullable Integer last) {
        if (first != null) {
            text.append(text.isEmpty() ? "" : ",").append(first);
            if (!first.equals(last)) {
                text.append('-').append(last);
            }
        }
    }

    /** The entries of a list that {@code docker run} would take as one flag each. */
    static List<String> entries(String text) {
        List<String> entries =
                Arrays.stream(text.split(",", -1)).map(String::strip).toList();
        if (entries.contains("")) {
            throw new IllegalArgumentException("an entry of the list is empty");
        }
        return entries;
    }

    /** Parts of {@code PATH:VALUE}; the path may not contain colons. */
    static String[] pathAndValue(String entry) {
        String[] parts = entry.split(":", -1);
        if (parts.length != 2 || !parts[0].startsWith("/")) {
            throw new IllegalArgumentException("\"" + entry + "\": write /dev/DISK:VALUE");
        }
        return parts;
    }

    static String access(String text) {
        if (!ACCESS.matcher(text).matches() || text.chars().distinct().count() != text.length()) {
            throw new IllegalArgumentException("\"" + text + "\": access is of r, w and m");
        }
        return text;
    }

    static DeviceRule deviceRule(String entry) {
        Matcher matcher = RULE.matcher(entry);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("\"" + entry + "\": write TYPE MAJOR:MINOR ACCESS, as in c 10:200 rwm");
        }
        return new DeviceRule(
                matcher.group(1).charAt(0), index(matcher.group(2)), index(matcher.group(3)), access(matcher.group(4)));
    }

    private static long index(String text) {
        return text.equals("*") ? -1 : Long.parseLong(text);
    }

    /** {@code SOFT} or {@code SOFT:HARD}. */
    static Ulimit ulimit(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length > 2) {
            throw new IllegalArgumentException("\"" + text + "\": write NAME=SOFT:HARD");
        }
        long soft = rlimit(parts[0]);
        long hard = parts.length == 2 ? rlimit(parts[1]) : soft;
        if (soft > hard) {
            throw new IllegalArgumentException("\"" + text + "\": the soft limit is above the hard one");
        }
        return new Ulimit(soft, hard);
    }

    private static long rlimit(String text) {
        return text.equals("unlimited") || text.equals("-1") ? Long.MAX_VALUE : number(text, 0, Long.MAX_VALUE);
    }
}
