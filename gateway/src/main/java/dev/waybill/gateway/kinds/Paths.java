package dev.waybill.gateway.kinds;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Finds fields by paths such as spec.ports[].protocol, where [] stands for every element. Stateless. */
final class Paths {
    private Paths() {}

    /** Something to do with one field. */
    @FunctionalInterface
    interface Visitor {
        /** @param path the field's path as messages show it */
        void visit(ObjectNode holder, String field, String path);
    }

    /** Visits the field in every object that could hold it; objects that are not there are not visited. */
    static void each(JsonNode object, String path, Visitor visitor) {
        each(object, List.of(path.split("\\.", -1)), "", visitor);
    }

    private static void each(JsonNode node, List<String> parts, String at, Visitor visitor) {
        if (!(node instanceof ObjectNode holder)) {
            return;
        }
        String part = parts.getFirst();
        boolean elements = part.endsWith("[]");
        String field = elements ? part.substring(0, part.length() - 2) : part;
        String here = at.isEmpty() ? field : at + "." + field;
        if (parts.size() == 1) {
            visitor.visit(holder, field, here);
        } else if (elements) {
            int index = 0;
            for (JsonNode element : holder.path(field)) {
                each(element, parts.subList(1, parts.size()), here + "[" + index++ + "]", visitor);
            }
        } else {
            each(holder.path(field), parts.subList(1, parts.size()), here, visitor);
        }
    }

    /** The value at a path without []; missing when there is none. */
    static JsonNode at(JsonNode object, String path) {
        JsonNode node = object;
        for (String field : path.split("\\.", -1)) {
            node = node.path(field);
        }
        return node;
    }
}
