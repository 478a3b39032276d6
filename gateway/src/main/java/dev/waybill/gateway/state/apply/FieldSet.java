package dev.waybill.gateway.state.apply;

import dev.waybill.gateway.kinds.Json;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A set of fields as a tree, in the notation of FieldsV1: {@code f:name}, {@code k:{"name":"web"}}, {@code v:"value"}.
 * Immutable.
 *
 * @param member whether the field itself is in the set
 * @param children what is in the set below it; never empty sets
 */
record FieldSet(boolean member, NavigableMap<String, FieldSet> children) {
    static final FieldSet NONE = new FieldSet(false, new TreeMap<>());
    static final FieldSet LEAF = new FieldSet(true, new TreeMap<>());

    /** Nobody writes such trees by hand; deeper ones are refused before they exhaust the stack. */
    private static final int MAX_DEPTH = 250;

    boolean isEmpty() {
        return !member && children.isEmpty();
    }

    FieldSet child(String element) {
        return children.getOrDefault(element, NONE);
    }

    FieldSet union(FieldSet other) {
        if (isEmpty() || other.isEmpty()) {
            return isEmpty() ? other : this;
        }
        NavigableMap<String, FieldSet> all = new TreeMap<>(children);
        other.children.forEach((element, set) -> all.merge(element, set, FieldSet::union));
        return new FieldSet(member || other.member, all);
    }

    FieldSet minus(FieldSet other) {
        if (isEmpty() || other.isEmpty()) {
            return this;
        }
        NavigableMap<String, FieldSet> left = new TreeMap<>();
        children.forEach((element, set) -> put(left, element, set.minus(other.child(element))));
        return new FieldSet(member && !other.member, left);
    }

    FieldSet and(FieldSet other) {
        if (isEmpty() || other.isEmpty()) {
            return NONE;
        }
        NavigableMap<String, FieldSet> both = new TreeMap<>();
        children.forEach((element, set) -> put(both, element, set.and(other.child(element))));
        return new FieldSet(member && other.member, both);
    }

    /** Without this field and everything below it. */
    FieldSet without(List<String> path) {
        FieldSet next = child(path.getFirst());
        if (next.isEmpty()) {
            return this;
        }
        NavigableMap<String, FieldSet> left = new TreeMap<>(children);
        left.remove(path.getFirst());
        if (path.size() > 1) {
            put(left, path.getFirst(), next.without(path.subList(1, path.size())));
        }
        return new FieldSet(member, left);
    }

    /** Only this child, with everything below it. */
    FieldSet only(String element) {
        NavigableMap<String, FieldSet> kept = new TreeMap<>();
        put(kept, element, child(element));
        return new FieldSet(false, kept);
    }

    static void put(NavigableMap<String, FieldSet> children, String element, FieldSet set) {
        if (!set.isEmpty()) {
            children.put(element, set);
        }
    }

    /** Each member's path as messages show it: {@code .spec.containers[name="web"].image}. */
    void paths(String prefix, BiConsumer<String, FieldSet> found) {
        if (member) {
            found.accept(prefix, this);
        }
        children.forEach((element, set) -> set.paths(prefix + shown(element), found));
    }

    private static String shown(String element) {
        String rest = element.substring(2);
        if (element.startsWith("f:")) {
            return "." + rest;
        }
        if (!element.startsWith("k:")) {
            return element.startsWith("v:") ? "[=" + rest + "]" : "[" + rest + "]";
        }
        StringBuilder text = new StringBuilder("[");
        Json.parse(rest)
                .properties()
                .forEach(key -> text.append(text.length() == 1 ? "" : ",")
                        .append(key.getKey())
                        .append('=')
                        .append(key.getValue()));
        return text.append(']').toString();
    }

    /** @throws IllegalArgumentException when it is no FieldsV1 */
    static FieldSet parse(JsonNode fieldsV1) {
        return parse(fieldsV1, 0);
    }

    private static FieldSet parse(JsonNode fields, int depth) {
        if (!fields.isObject() || depth > MAX_DEPTH) {
            throw new IllegalArgumentException("not FieldsV1");
        }
        NavigableMap<String, FieldSet> children = new TreeMap<>();
        boolean self = depth > 0 && fields.isEmpty();
        for (var field : fields.properties()) {
            String element = field.getKey();
            if (element.equals(".")) {
                self = true;
            } else if (element.matches("(?s)[fkvi]:.*")) {
                if (element.startsWith("k:")
                        && !Json.parse(element.substring(2)).isObject()) {
                    throw new IllegalArgumentException("not a key: " + element);
                }
                put(children, element, parse(field.getValue(), depth + 1));
            } else {
                throw new IllegalArgumentException("not a path element: " + element);
            }
        }
        return new FieldSet(self, children);
    }

    ObjectNode toJson() {
        ObjectNode fields = Json.object();
        if (member && !children.isEmpty()) {
            fields.putObject(".");
        }
        children.forEach((element, set) -> fields.set(element, set.toJson()));
        return fields;
    }
}
