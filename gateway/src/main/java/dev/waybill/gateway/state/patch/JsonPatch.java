package dev.waybill.gateway.state.patch;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** JSON patch (RFC 6902), refusing in the words of the library that Kubernetes does it with. Stateless. */
public final class JsonPatch {
    /** Kubernetes' limit on the operations of one patch. */
    public static final int MAX_OPERATIONS = 10_000;

    private static final String MISSING = ": missing value";

    private JsonPatch() {}

    /** Changes {@code target} in place; a patch that fails leaves it half changed. */
    public static void apply(ObjectNode target, ArrayNode operations) throws InvalidPatchException {
        for (JsonNode operation : operations) {
            String path = text(operation, "path");
            switch (text(operation, "op")) {
                case "add" -> add(Place.of(target, path, "add", quoted(path)), value(operation));
                case "remove" -> remove(Place.of(target, path, "remove", quoted(path)));
                case "replace" -> replace(Place.of(target, path, "replace", path), value(operation));
                case "move" -> {
                    Place from = Place.of(target, text(operation, "from"), "move", text(operation, "from"));
                    JsonNode moved = get(from).deepCopy();
                    remove(from);
                    add(Place.of(target, path, "move", path), moved);
                }
                case "copy" -> {
                    Place from = Place.of(target, text(operation, "from"), "copy", text(operation, "from"));
                    add(Place.of(target, path, "copy", path), get(from).deepCopy());
                }
                case "test" -> test(Place.of(target, path, "test", path), operation.path("value"));
                default -> throw new InvalidPatchException("Unexpected kind: " + text(operation, "op"));
            }
        }
    }

    /** Where an operation applies: a field of an object or an element of a list. */
    private record Place(String operation, String path, JsonNode parent, String key) {

        /** @param shown the path as the refusal names it */
        static Place of(ObjectNode root, String path, String operation, String shown) throws InvalidPatchException {
            String[] parts = path.split("/", -1);
            JsonNode at = root;
            for (int i = 1; i < parts.length - 1; i++) {
                String part = unescape(parts[i]);
                at = at instanceof ArrayNode array ? array.path(index(part, array.size() - 1)) : at.path(part);
            }
            if (!path.startsWith("/") || !at.isContainer()) {
                throw new InvalidPatchException(
                        operation + " operation does not apply: doc is missing path: " + shown + MISSING);
            }
            return new Place(operation, path, at, unescape(parts[parts.length - 1]));
        }

        InvalidPatchException missing(String what) {
            return new InvalidPatchException(
                    "error in " + operation + " for path: '" + path + "': " + what + ": " + key + MISSING);
        }
    }

    private static void add(Place place, JsonNode value) throws InvalidPatchException {
        switch (place.parent()) {
            case ObjectNode object -> object.set(place.key(), value);
            case ArrayNode array when place.key().equals("-") -> array.add(value);
            case JsonNode list -> ((ArrayNode) list).insert(index(place.key(), list.size()), value);
        }
    }

    private static void remove(Place place) throws InvalidPatchException {
        switch (place.parent()) {
            case ArrayNode array -> array.remove(index(place.key(), array.size() - 1));
            case ObjectNode object when object.has(place.key()) -> object.remove(place.key());
            default -> throw place.missing("Unable to remove nonexistent key");
        }
    }

    private static void replace(Place place, JsonNode value) throws InvalidPatchException {
        switch (place.parent()) {
            case ArrayNode array -> array.set(index(place.key(), array.size() - 1), value);
            case ObjectNode object when object.has(place.key()) -> object.set(place.key(), value);
            default ->
                throw new InvalidPatchException(
                        "replace operation does not apply: doc is missing key: " + place.path() + MISSING);
        }
    }

    /** What is not there is null. */
    private static void test(Place place, JsonNode expected) throws InvalidPatchException {
        JsonNode value = place.parent() instanceof ArrayNode array
                ? array.get(index(place.key(), array.size() - 1))
                : place.parent().path(place.key());
        boolean nothing = value.isMissingNode() || value.isNull();
        boolean none = expected.isMissingNode() || expected.isNull();
        if (nothing ? !none : !value.equals(expected)) {
            throw new InvalidPatchException("testing value " + place.path() + " failed: test failed");
        }
    }

    private static JsonNode get(Place place) throws InvalidPatchException {
        JsonNode found = place.parent() instanceof ArrayNode array
                ? array.get(index(place.key(), array.size() - 1))
                : place.parent().get(place.key());
        if (found == null) {
            throw place.missing("unable to get nonexistent key");
        }
        return found;
    }

    private static String quoted(String path) {
        return "\"" + path + "\"";
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
        throw new InvalidPatchException("Unable to access invalid index: " + part + ": invalid index referenced");
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
}
