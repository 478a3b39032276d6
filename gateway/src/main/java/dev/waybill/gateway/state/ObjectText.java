package dev.waybill.gateway.state;

import dev.waybill.events.objects.FieldRange;
import dev.waybill.events.objects.Shared;
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
    /** What was seen last. */
    private static final Shared<String> SEEN = new Shared<>(1 << 8);

    static ObjectText of(String text) {
        return FieldRange.of(text, OWNERSHIP)
                .map(range -> new ObjectText(
                        text.substring(0, range.from()).concat(text.substring(range.to())),
                        range.from(),
                        SEEN.one(text.substring(range.from(), range.to()))))
                .orElseGet(() -> new ObjectText(text, 0, ""));
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
