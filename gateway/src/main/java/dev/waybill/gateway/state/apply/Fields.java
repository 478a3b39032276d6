package dev.waybill.gateway.state.apply;

import dev.waybill.gateway.kinds.MergeShape;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** Which fields a value has, and which differ between two. Stateless. */
final class Fields {
    private Fields() {}

    /** What became of a value's fields. */
    record Comparison(FieldSet changed, FieldSet removed) {}

    /** Every field that is set, down to plain and atomic values. */
    static FieldSet of(JsonNode value, MergeShape shape) {
        Map<String, JsonNode> parts = Elements.of(value, shape);
        if (parts == null || parts.isEmpty()) {
            return FieldSet.LEAF;
        }
        NavigableMap<String, FieldSet> children = new TreeMap<>();
        parts.forEach((element, part) -> {
            FieldSet set = of(part, Elements.shape(shape, element));
            children.put(element, element.startsWith("k:") ? new FieldSet(true, set.children()) : set);
        });
        return new FieldSet(false, children);
    }

    /** What was added or set to another value, and what was removed. */
    static Comparison compare(JsonNode before, JsonNode after, MergeShape shape) {
        if (before.equals(after)) {
            return new Comparison(FieldSet.NONE, FieldSet.NONE);
        }
        Map<String, JsonNode> old = Elements.of(before, shape);
        Map<String, JsonNode> now = Elements.of(after, shape);
        if (old == null || now == null || old.isEmpty() || now.isEmpty() || before.isArray() != after.isArray()) {
            FieldSet left = before.isMissingNode() ? FieldSet.NONE : of(before, shape);
            FieldSet set = of(after, shape);
            return new Comparison(set, left.minus(set));
        }
        NavigableMap<String, FieldSet> changed = new TreeMap<>();
        NavigableMap<String, FieldSet> removed = new TreeMap<>();
        now.forEach((element, part) -> {
            MergeShape inner = Elements.shape(shape, element);
            JsonNode known = old.get(element);
            if (known == null) {
                FieldSet set = of(part, inner);
                changed.put(element, element.startsWith("k:") ? new FieldSet(true, set.children()) : set);
            } else {
                Comparison differences = compare(known, part, inner);
                FieldSet.put(changed, element, differences.changed());
                FieldSet.put(removed, element, differences.removed());
            }
        });
        old.forEach((element, part) -> {
            if (!now.containsKey(element)) {
                FieldSet set = of(part, Elements.shape(shape, element));
                removed.put(element, new FieldSet(true, set.children()));
            }
        });
        return new Comparison(new FieldSet(false, changed), new FieldSet(false, removed));
    }
}
