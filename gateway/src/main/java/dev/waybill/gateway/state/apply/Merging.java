package dev.waybill.gateway.state.apply;

import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.MergeShape;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Puts an applied value over a present one, and takes out what nobody wants any more. Stateless. */
final class Merging {
    private Merging() {}

    /** The present value with everything that is applied; lists in the applied order. */
    static JsonNode merge(JsonNode present, JsonNode applied, MergeShape shape) {
        Map<String, JsonNode> old = Elements.of(present, shape);
        Map<String, JsonNode> wanted = Elements.of(applied, shape);
        if (old == null || wanted == null || present.isArray() != applied.isArray()) {
            return applied.deepCopy();
        }
        Map<String, JsonNode> merged = new LinkedHashMap<>();
        for (String element : order(old.keySet(), wanted.keySet(), applied.isArray())) {
            JsonNode known = old.get(element);
            JsonNode part = wanted.get(element);
            JsonNode both = known == null || part == null
                    ? (part == null ? known : part)
                    : merge(known, part, Elements.shape(shape, element));
            if (both != null) {
                merged.put(element, both.deepCopy());
            }
        }
        return built(merged, applied.isArray());
    }

    /** Applied elements in their order; present ones that are not applied keep their place before the next that is. */
    private static List<String> order(Set<String> old, Set<String> wanted, boolean list) {
        if (!list) {
            Set<String> all = new LinkedHashSet<>(old);
            all.addAll(wanted);
            return List.copyOf(all);
        }
        List<String> order = new ArrayList<>();
        Deque<String> present = new ArrayDeque<>(old);
        Deque<String> applied = new ArrayDeque<>(wanted);
        while (!present.isEmpty() || !applied.isEmpty()) {
            if (!present.isEmpty() && !wanted.contains(present.getFirst())) {
                order.add(present.removeFirst());
            } else if (!applied.isEmpty() && !old.contains(applied.getFirst())) {
                order.add(applied.removeFirst());
            } else {
                order.add(applied.removeFirst());
                present.removeFirst();
            }
        }
        return order;
    }

    /**
     * The value without what was applied last and is now in nobody's hands; a part goes with everything in it when
     * nothing of it is kept.
     */
    static JsonNode prune(JsonNode value, FieldSet last, FieldSet kept, MergeShape shape) {
        Map<String, JsonNode> parts = Elements.of(value, shape);
        if (parts == null
                || last.children().isEmpty()
                || (kept.member() && kept.children().isEmpty())) {
            return value;
        }
        Map<String, JsonNode> left = new LinkedHashMap<>();
        parts.forEach((element, part) -> {
            FieldSet before = last.child(element);
            FieldSet stays = kept.child(element);
            if (before.isEmpty()) {
                left.put(element, part);
            } else if (!stays.isEmpty()) {
                left.put(element, prune(part, before, stays, Elements.shape(shape, element)));
            }
        });
        return built(left, value.isArray());
    }

    private static JsonNode built(Map<String, @Nullable JsonNode> parts, boolean list) {
        if (list) {
            ArrayNode array = Json.array();
            parts.values().forEach(array::add);
            return array;
        }
        ObjectNode object = Json.object();
        parts.forEach((element, part) -> object.set(element.substring(2), part));
        return object;
    }
}
