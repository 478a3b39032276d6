package dev.waybill.gateway.state.patch;

import dev.waybill.gateway.kinds.MergeKeys;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Kubernetes' strategic merge patch: like a merge patch, but lists of named elements merge element by element, and
 * directives say what else to do: $patch (replace, delete, merge), $deleteFromPrimitiveList/field, $retainKeys and
 * $setElementOrder/field. See apimachinery/pkg/util/strategicpatch. Stateless.
 */
public final class StrategicMergePatch {
    private static final String DIRECTIVE = "$patch";
    private static final String RETAIN_KEYS = "$retainKeys";
    private static final String DELETE_PRIMITIVES = "$deleteFromPrimitiveList/";
    private static final String ORDER = "$setElementOrder/";
    /** JSON parsers allow deeper trees than any object of the API has. */
    private static final int MAX_DEPTH = 100;

    private StrategicMergePatch() {}

    /** Changes {@code target} in place; a patch that fails leaves it half changed. */
    public static void apply(ObjectNode target, ObjectNode patch) throws InvalidPatchException {
        merge(target, patch, "", 0);
    }

    /** @param holder the field that holds the target; empty for the object itself */
    private static void merge(ObjectNode target, ObjectNode patch, String holder, int depth)
            throws InvalidPatchException {
        if (depth > MAX_DEPTH) {
            throw new InvalidPatchException("the patch is nested too deeply");
        }
        String directive = directive(patch);
        if (directive.equals("replace") || directive.equals("delete")) {
            target.removeAll();
            if (directive.equals("replace")) {
                patch.properties().forEach(entry -> {
                    if (!entry.getKey().equals(DIRECTIVE)) {
                        target.set(entry.getKey(), entry.getValue().deepCopy());
                    }
                });
            }
            return;
        }
        retain(target, patch);
        Map<String, List<JsonNode>> before = listsBefore(target, patch, holder);
        for (Map.Entry<String, JsonNode> entry : patch.properties()) {
            String field = entry.getKey();
            if (field.startsWith(DELETE_PRIMITIVES)) {
                deletePrimitives(target, field.substring(DELETE_PRIMITIVES.length()), entry.getValue());
            } else if (!field.startsWith("$")) {
                mergeField(target, field, entry.getValue(), holder, depth);
            }
        }
        before.forEach((field, elements) -> order(target, patch, holder, field, elements));
    }

    /** The elements of every list whose order the patch touches. */
    private static Map<String, List<JsonNode>> listsBefore(ObjectNode target, ObjectNode patch, String holder) {
        Map<String, List<JsonNode>> before = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : patch.properties()) {
            boolean order = entry.getKey().startsWith(ORDER);
            String field = order ? entry.getKey().substring(ORDER.length()) : entry.getKey();
            if (order || (entry.getValue().isArray() && MergeKeys.of(holder, field) != null)) {
                before.put(field, target.path(field).valueStream().toList());
            }
        }
        return before;
    }

    /** By {@code $setElementOrder}, or by the patch itself. */
    private static void order(ObjectNode target, ObjectNode patch, String holder, String field, List<JsonNode> before) {
        JsonNode wanted = patch.path(ORDER + field);
        if (target.get(field) instanceof ArrayNode present) {
            List<JsonNode> elements = ElementOrder.arrange(
                    present.valueStream().toList(),
                    (wanted.isArray() ? wanted : patch.path(field))
                            .valueStream()
                            .toList(),
                    before,
                    MergeKeys.of(holder, field));
            present.removeAll().addAll(elements);
        }
    }

    private static void mergeField(ObjectNode target, String field, JsonNode value, String holder, int depth)
            throws InvalidPatchException {
        switch (value) {
            case JsonNode nothing when nothing.isNull() -> target.remove(field);
            case ObjectNode object -> {
                if (directive(object).equals("delete")) {
                    target.remove(field);
                    return;
                }
                ObjectNode inner = target.get(field) instanceof ObjectNode present ? present : target.putObject(field);
                merge(inner, object, field, depth + 1);
            }
            case ArrayNode list -> {
                String key = MergeKeys.of(holder, field);
                if (key != null && list.valueStream().allMatch(JsonNode::isObject)) {
                    mergeList(target, field, key, list, depth);
                } else if (MergeKeys.mergesPrimitives(field) && target.get(field) instanceof ArrayNode present) {
                    Set<JsonNode> known =
                            new LinkedHashSet<>(present.valueStream().toList());
                    list.forEach(element -> {
                        if (known.add(element)) {
                            present.add(element);
                        }
                    });
                } else {
                    target.set(field, list.deepCopy());
                }
            }
            default -> target.set(field, value);
        }
    }

    private static void mergeList(ObjectNode target, String field, String key, ArrayNode list, int depth)
            throws InvalidPatchException {
        ArrayNode present = target.get(field) instanceof ArrayNode array ? array : target.putArray(field);
        for (JsonNode element : list) {
            if (directive((ObjectNode) element).equals("replace") && element.size() == 1) {
                present.removeAll();
            }
        }
        for (JsonNode element : list) {
            ObjectNode wanted = (ObjectNode) element;
            String directive = directive(wanted);
            if (directive.equals("replace") && wanted.size() == 1) {
                continue;
            }
            JsonNode identity = wanted.get(key);
            if (identity == null) {
                throw new InvalidPatchException("map: " + wanted + " does not contain declared merge key: " + key);
            }
            int at = indexOf(present, key, identity);
            if (directive.equals("delete")) {
                if (at >= 0) {
                    present.remove(at);
                }
            } else if (at >= 0 && present.get(at) instanceof ObjectNode known) {
                merge(known, wanted, field, depth + 1);
            } else {
                ObjectNode added = present.addObject();
                merge(added, wanted, field, depth + 1);
            }
        }
    }

    /** Keeps only the named fields, for unions such as a volume's source. */
    private static void retain(ObjectNode target, ObjectNode patch) {
        if (patch.get(RETAIN_KEYS) instanceof ArrayNode keys) {
            Set<String> kept = new LinkedHashSet<>();
            keys.forEach(key -> kept.add(key.asString("")));
            target.retain(kept);
        }
    }

    private static void deletePrimitives(ObjectNode target, String field, JsonNode values) {
        if (target.get(field) instanceof ArrayNode present) {
            List<JsonNode> gone = values.valueStream().toList();
            List<JsonNode> kept = present.valueStream()
                    .filter(element -> !gone.contains(element))
                    .toList();
            present.removeAll().addAll(kept);
        }
    }

    private static int indexOf(ArrayNode list, String key, JsonNode identity) {
        for (int i = 0; i < list.size(); i++) {
            if (identity.equals(list.get(i).get(key))) {
                return i;
            }
        }
        return -1;
    }

    private static String directive(ObjectNode patch) {
        return patch.path(DIRECTIVE).asString("");
    }
}
