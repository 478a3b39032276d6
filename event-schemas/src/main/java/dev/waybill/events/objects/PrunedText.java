package dev.waybill.events.objects;

import java.util.Map;

/**
 * The text of a JSON object without some of its fields. What is left out is only searched for its end. A comma may be left
 * before a closing brace. One use, one thread.
 */
final class PrunedText {
    private final String text;
    private final JsonCursor cursor;
    private final StringBuilder out;
    /** From where on what has been passed is still to be copied. */
    private int kept;

    private PrunedText(String text) {
        this.text = text;
        this.cursor = new JsonCursor(text);
        this.out = new StringBuilder(text.length());
    }

    /**
     * @throws IllegalArgumentException when the text is no object, or ends early
     */
    static String of(String text, Fields fields) {
        try {
            return new PrunedText(text).prune(fields);
        } catch (StringIndexOutOfBoundsException e) {
            throw notAnObject(text);
        }
    }

    static IllegalArgumentException notAnObject(String text) {
        return new IllegalArgumentException("not an object: " + text.substring(0, Math.min(40, text.length())));
    }

    /**
     * Which fields of an object are wanted.
     *
     * @param named what is wanted of the fields of these names
     * @param others whether fields of other names are wanted
     */
    record Fields(Map<String, Fields> named, boolean others) {
        static final Fields ALL = new Fields(Map.of(), true);
        static final Fields NONE = new Fields(Map.of(), false);

        /** Whether all are wanted, or none. */
        boolean areUndivided() {
            return named.isEmpty();
        }

        private Fields of(String name) {
            Fields found = named.get(name);
            return found != null ? found : others ? ALL : NONE;
        }
    }

    private String prune(Fields fields) {
        cursor.skipSpace();
        if (cursor.here() != '{') {
            throw notAnObject(text);
        }
        object(fields);
        return out.append(text, kept, cursor.at()).toString();
    }

    private void object(Fields fields) {
        cursor.skip();
        for (cursor.skipSpace(); cursor.here() != '}'; cursor.skipSpace()) {
            int begin = cursor.at();
            Fields wanted = fields.of(cursor.name());
            if (wanted.areUndivided() && !wanted.others()) {
                cursor.skipValue();
                cursor.skipComma();
                out.append(text, kept, begin);
                kept = cursor.at();
            } else {
                value(wanted);
                cursor.skipComma();
            }
        }
        cursor.skip();
    }

    private void value(Fields fields) {
        char first = cursor.here();
        if (fields.areUndivided() || (first != '{' && first != '[')) {
            cursor.skipValue();
        } else if (first == '{') {
            object(fields);
        } else {
            array(fields);
        }
    }

    private void array(Fields fields) {
        cursor.skip();
        for (cursor.skipSpace(); cursor.here() != ']'; cursor.skipSpace()) {
            value(fields);
            cursor.skipComma();
        }
        cursor.skip();
    }
}
