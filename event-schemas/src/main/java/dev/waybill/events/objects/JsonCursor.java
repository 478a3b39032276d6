package dev.waybill.events.objects;

/**
 * Moves over the text of a JSON document, a character at a time, which takes a tenth of parsing it. What is no JSON ends
 * it with a StringIndexOutOfBoundsException, or somewhere. One thread.
 */
final class JsonCursor {
    private final String text;
    private int at;

    JsonCursor(String text) {
        this.text = text;
    }

    int at() {
        return at;
    }

    char here() {
        return text.charAt(at);
    }

    /** Over one character. */
    void skip() {
        at++;
    }

    /** Over the name of a field and its colon, to the value; gives the name as it is written. */
    String name() {
        int begin = at;
        skipString();
        String name = text.substring(begin + 1, at - 1);
        skipSpace();
        at++; // the colon
        skipSpace();
        return name;
    }

    void skipValue() {
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

    void skipComma() {
        skipSpace();
        if (text.charAt(at) == ',') {
            at++;
        }
    }

    void skipSpace() {
        while (text.charAt(at) <= ' ') {
            at++;
        }
    }
}
