package dev.waybill.events.objects;

import java.util.LinkedHashMap;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Makes trees that share what they have in common: of a cluster's objects most strings are the same few. Thread-safe:
 * a string that two threads make at once is only not shared.
 */
final class SharedStrings extends JsonNodeFactory {
    private static final int LONGEST = 64;
    private static final int PLACES = 1 << 13;

    private final transient StringNode[] recent = new StringNode[PLACES];

    /** Most objects have two or three fields. */
    @Override
    public ObjectNode objectNode() {
        return new ObjectNode(this, new LinkedHashMap<>(4));
    }

    @Override
    public StringNode stringNode(String text) {
        if (text.length() > LONGEST) {
            return super.stringNode(text);
        }
        int hash = text.hashCode();
        int place = (hash ^ (hash >>> 16)) & (PLACES - 1);
        StringNode last = recent[place];
        if (last != null && last.stringValue().equals(text)) {
            return last;
        }
        StringNode node = super.stringNode(text);
        recent[place] = node;
        return node;
    }
}
