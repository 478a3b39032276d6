package dev.waybill.gateway.state.patch;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * In which order the elements of a merged list stand: those that the patch names in the patch's order, the others in
 * theirs, and each of these before the first of those that followed it before. Pure.
 */
final class ElementOrder {
    private ElementOrder() {}

    /**
     * The elements in their order.
     *
     * @param wanted elements or their keys, as the patch has them
     * @param before the elements before the patch
     * @param key what tells elements apart; null for plain values
     */
    static List<JsonNode> arrange(
            List<JsonNode> merged, List<JsonNode> wanted, List<JsonNode> before, @Nullable String key) {
        List<JsonNode> wantedKeys =
                wanted.stream().map(each -> identity(each, key)).toList();
        List<JsonNode> beforeKeys =
                before.stream().map(each -> identity(each, key)).toList();
        List<JsonNode> named = new ArrayList<>();
        List<JsonNode> others = new ArrayList<>();
        for (JsonNode element : merged) {
            (wantedKeys.contains(identity(element, key)) ? named : others).add(element);
        }
        named.sort(Comparator.comparingInt(element -> wantedKeys.indexOf(identity(element, key))));
        List<JsonNode> all = new ArrayList<>();
        int next = 0;
        for (JsonNode element : named) {
            int place = beforeKeys.indexOf(identity(element, key));
            while (next < others.size() && beforeKeys.indexOf(identity(others.get(next), key)) < place) {
                all.add(others.get(next++));
            }
            all.add(element);
        }
        all.addAll(others.subList(next, others.size()));
        return all;
    }

    private static JsonNode identity(JsonNode element, @Nullable String key) {
        return key == null ? element : element.path(key);
    }
}
