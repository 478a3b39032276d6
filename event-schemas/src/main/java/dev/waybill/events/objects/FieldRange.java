package dev.waybill.events.objects;

import java.util.List;
import java.util.Optional;

/**
 * Where a field stands in an object's text, with one comma beside it if there is one: without this range, the text is an
 * object still. Immutable.
 *
 * @param from its first character
 * @param to the character after its last
 */
public record FieldRange(int from, int to) {

    /**
     * Finds a field of objects inside of objects.
     *
     * @param path the names from the outermost on
     * @return empty when the field is not there, or when the text is no object
     */
    public static Optional<FieldRange> of(String text, List<String> path) {
        try {
            return find(new JsonCursor(text), path);
        } catch (StringIndexOutOfBoundsException e) {
            return Optional.empty();
        }
    }

    private static Optional<FieldRange> find(JsonCursor cursor, List<String> path) {
        cursor.skipSpace();
        if (cursor.here() != '{') {
            return Optional.empty();
        }
        cursor.skip();
        int comma = -1;
        for (cursor.skipSpace(); cursor.here() != '}'; cursor.skipSpace()) {
            int begin = cursor.at();
            boolean wanted = cursor.name().equals(path.getFirst());
            if (wanted && path.size() > 1) {
                return find(cursor, path.subList(1, path.size()));
            }
            cursor.skipValue();
            int end = cursor.at();
            cursor.skipSpace();
            boolean last = cursor.here() != ',';
            if (wanted) {
                return Optional.of(
                        last ? new FieldRange(comma < 0 ? begin : comma, end) : new FieldRange(begin, cursor.at() + 1));
            }
            comma = cursor.at();
            cursor.skipComma();
        }
        return Optional.empty();
    }
}
