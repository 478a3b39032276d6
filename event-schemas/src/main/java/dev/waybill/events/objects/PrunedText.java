package dev.waybill.events.objects;

import java.util.Map;

/**
 * The text of a JSON object without some of its fields. What is left out is only searched for its end, a character at a
 * time, which takes a tenth of parsing it. A comma may be left before a closing brace. One use, one thread.
 */
final class PrunedText {
    private final String text;
    private final StringBuilder out;
    private int at;
    /** From where on what has been passed is still to be copied. */
    private int kept;

    private PrunedText(String text) {
        this.text = text;
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
        skipSpace();
        if (text.charAt(at) != '{') {
            throw notAnObject(text);
        }
        object(fields);
        return out.append(text, kept, at).toString();
    }

    private void object(Fields fields) {
        at++;
        for (skipSpace(); text.charAt(at) != '}'; skipSpace()) {
            int begin = at;
            skipString();
            Fields wanted = fields.of(text.substring(begin + 1, at - 1));
            skipSpace();
            at++; // the colon
            skipSpace();
            if (wanted.areUndivided() && !wanted.others()) {
                skipValue();
                skipComma();
                out.append(text, kept, begin);
                kept = at;
            } else {
                value(wanted);
                skipComma();
            }
        }
        at++;
    }

    private void value(Fields fields) {
        char first = text.charAt(at);
        if (fields.areUndivided() || (first != '{' && first != '[')) {
            skipValue();
        } else if (first == '{') {
            object(fields);
        } else {
            array(fields);
        }
    }

    private void array(Fields fields) {
        at++;
        for (skipSpace(); text.charAt(at) != ']'; skipSpace()) {
            value(fields);
            skipComma();
        }
        at++;
    }

    private void skipValue() {
        int depth = 0;
        do {
            switch (text.charAt(at)) {
                case '"' -> skipString();
                case '{', '[' -> {
                    depth++;
                    at++;
                }
                case '}', ']' -> {
                    depth--;
                    at++;
                }
                default -> skipPlain();
            }
        } while (depth > 0);
    }

    /** Numbers, words, and what stands between values. */
    private void skipPlain() {
        for (char c = text.charAt(++at); c != ',' && c != '"' && !isBracket(c); ) {
            c = text.charAt(++at);
        }
    }

    private static boolean isBracket(char c) {
        return c == '{' || c == '}' || c == '[' || c == ']';
    }

    private void skipString() {
        for (char c = text.charAt(++at); c != '"'; c = text.charAt(++at)) {
            if (c == '\\') {
                at++;
            }
        }
        at++;
    }

    private void skipComma() {
        skipSpace();
        if (text.charAt(at) == ',') {
            at++;
        }
    }

    private void skipSpace() {
        while (text.charAt(at) <= ' ') {
            at++;
        }
    }
}
