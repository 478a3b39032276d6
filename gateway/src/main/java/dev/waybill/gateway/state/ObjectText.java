package dev.waybill.gateway.state;

import dev.waybill.events.objects.FieldRange;
import java.util.List;

/**
 * The JSON text of an object. The ownership of its fields, half of it, is kept apart: objects that one client made in the
 * same second have the same, and hardly anybody reads it. Immutable.
 *
 * @param content without {@code metadata.managedFields}
 * @param at where that belongs
 * @param ownership that, with its comma; empty when the object has none
 */
record ObjectText(String content, int at, String ownership) {
    private static final List<String> OWNERSHIP = List.of("metadata", "managedFields");
    private static final int PLACES = 1 << 8;

    /** What was seen last, by its hash; a race of two threads only leaves a text unshared. */
    private static final String[] RECENT = new String[PLACES];

    static ObjectText of(String text) {
        return FieldRange.of(text, OWNERSHIP)
                .map(range -> new ObjectText(
                        text.substring(0, range.from()).concat(text.substring(range.to())),
                        range.from(),
                        shared(text.substring(range.from(), range.to()))))
                .orElseGet(() -> new ObjectText(text, 0, ""));
    }

    private static String shared(String ownership) {
        int hash = ownership.hashCode();
        int place = (hash ^ (hash >>> 16)) & (PLACES - 1);
        String known = RECENT[place];
        if (ownership.equals(known)) {
            return known;
        }
        RECENT[place] = ownership;
        return ownership;
    }

    /** All of it. */
    String whole() {
        return ownership.isEmpty()
                ? content
                : new StringBuilder(length())
                        .append(content, 0, at)
                        .append(ownership)
                        .append(content, at, content.length())
                        .toString();
    }

    int length() {
        return content.length() + ownership.length();
    }
}
