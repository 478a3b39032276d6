package dev.waybill.gateway.state.patch;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** JSON patch (RFC 6902): add, remove, replace, move, copy, test. Stateless. */
public final class JsonPatch {
    /** Kubernetes' limit on the operations of one patch. */
    private static final int MAX_OPERATIONS = 10_000;

    private JsonPatch() {}

    /** Changes {@code target} in place; a patch that fails leaves it half changed. */
    public static void apply(ObjectNode target, ArrayNode operations) throws InvalidPatchException {
        if (operations.size() > MAX_OPERATIONS) {
            throw new InvalidPatchException("the patch has more than " + MAX_OPERATIONS + " operations");
        }
        for (JsonNode operation : operations) {
            String path = text(operation, "path");
            switch (text(operation, "op")) {
                case "add" -> add(target, path, value(operation));
                case "remove" -> remove(target, path);
                case "replace" -> {
                    remove(target, path);
                    add(target, path, value(operation));
                }
                case "move" -> {
                    JsonNode moved = get(target, text(operation, "from")).deepCopy();
                    remove(target, text(operation, "from"));
                    add(target, path, moved);
                }
                case "copy" ->
                    add(target, path, get(target, text(operation, "from")).deepCopy());
                case "test" -> {
                    if (!get(target, path).equals(value(operation))) {
                        throw new InvalidPatchException("testing value " + path + " failed");
                    }
                }
                default -> throw new InvalidPatchException("unexpected kind: " + text(operation, "op"));
            }
        }
    }

    private static void add(ObjectNode root, String path, JsonNode value) throws InvalidPatchException {
        JsonNode parent = parent(root, path);
        String last = last(path);
        switch (parent) {
            case ObjectNode object -> object.set(last, value);
            case ArrayNode array when last.equals("-") -> array.add(value);
            case ArrayNode array -> array.insert(index(last, array.size()), value);
            default -> throw missing("add", path);
        }
    }

    private static void remove(ObjectNode root, String path) throws InvalidPatchException {
        JsonNode parent = parent(root, path);
        String last = last(path);
        switch (parent) {
            case ObjectNode object when object.has(last) -> object.remove(last);
            case ArrayNode array -> array.remove(index(last, array.size() - 1));
            default -> throw missing("remove", path);
        }
    }

    private static JsonNode get(ObjectNode root, String path) throws InvalidPatchException {
        JsonNode parent = parent(root, path);
        String last = last(path);
        JsonNode found =
                parent instanceof ArrayNode array ? array.get(index(last, array.size() - 1)) : parent.get(last);
        if (found == null) {
            throw missing("get", path);
        }
        return found;
    }

    private static JsonNode parent(ObjectNode root, String path) throws InvalidPatchException {
        if (!path.startsWith("/")) {
            throw new InvalidPatchException("a path must begin with '/': \"" + path + "\"");
        }
        String[] parts = path.substring(1).split("/", -1);
        JsonNode at = root;
        for (int i = 0; i < parts.length - 1; i++) {
            String part = unescape(parts[i]);
            JsonNode next = at instanceof ArrayNode array ? array.get(index(part, array.size() - 1)) : at.get(part);
            if (next == null) {
                throw missing("get", path);
            }
            at = next;
        }
        return at;
    }

    private static String last(String path) {
        return unescape(path.substring(path.lastIndexOf('/') + 1));
    }

    private static int index(String part, int max) throws InvalidPatchException {
        try {
            int index = Integer.parseInt(part);
            if (index >= 0 && index <= max) {
                return index;
            }
        } catch (NumberFormatException e) {
            throw new InvalidPatchException("not an index of a list: \"" + part + "\"");
        }
        throw new InvalidPatchException("Unable to access invalid index: " + part);
    }

    private static JsonNode value(JsonNode operation) throws InvalidPatchException {
        JsonNode value = operation.get("value");
        if (value == null) {
            throw new InvalidPatchException("an operation lacks its value: " + operation);
        }
        return value.deepCopy();
    }

    private static String text(JsonNode operation, String field) throws InvalidPatchException {
        JsonNode value = operation.path(field);
        if (!value.isString()) {
            throw new InvalidPatchException("an operation lacks its " + field + ": " + operation);
        }
        return value.stringValue();
    }

    private static String unescape(String part) {
        return part.replace("~1", "/").replace("~0", "~");
    }

    private static InvalidPatchException missing(String operation, String path) {
        return new InvalidPatchException(operation + " operation does not apply: doc is missing path: " + path);
    }
}
