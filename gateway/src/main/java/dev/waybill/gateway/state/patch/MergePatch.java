package dev.waybill.gateway.state.patch;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** JSON merge patch (RFC 7396): null removes, objects merge, everything else replaces. Stateless. */
public final class MergePatch {
    private MergePatch() {}

    /** Changes {@code target} in place. */
    public static void apply(ObjectNode target, ObjectNode patch) {
        patch.properties().forEach(entry -> {
            String field = entry.getKey();
            JsonNode value = entry.getValue();
            if (value.isNull()) {
                target.remove(field);
            } else if (value instanceof ObjectNode object) {
                ObjectNode inner = target.get(field) instanceof ObjectNode present ? present : target.putObject(field);
                apply(inner, object);
            } else {
                target.set(field, value.deepCopy());
            }
        });
    }
}
