package dev.waybill.events.objects;

import dev.waybill.events.objects.PrunedText.Fields;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads of an object's text what a service looks at, and passes over the rest, which is often most of it. Immutable.
 */
public final class ObjectTree {
    /** With a table of names of its own: the one that all share grows by what anybody ever read. */
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
                    .build())
            .nodeFactory(new SharedStrings())
            .build();

    private static final int ALIKE = 1 << 10;

    private final Fields fields;
    private final @Nullable Shared<JsonNode> alike;

    private ObjectTree(Fields fields, @Nullable Shared<JsonNode> alike) {
        this.fields = fields;
        this.alike = alike;
    }

    /** A reader of all there is. */
    public static ObjectTree whole() {
        return new ObjectTree(Fields.ALL, null);
    }

    /**
     * A reader of objects without some of their fields.
     *
     * @param paths of fields, such as metadata.managedFields; arrays on the way stand for each of their elements
     */
    public static ObjectTree without(Collection<String> paths) {
        return new ObjectTree(fields(paths, true), null);
    }

    /**
     * A reader of some fields of objects.
     *
     * @param paths as for {@link #without}
     */
    public static ObjectTree only(Collection<String> paths) {
        return new ObjectTree(fields(paths, false), null);
    }

    /**
     * The same reader for whoever keeps many trees: each has its parts in common with those that were read lately, and
     * nobody may change one.
     */
    public ObjectTree sharing() {
        return new ObjectTree(fields, new Shared<>(ALIKE));
    }

    private static Fields fields(Collection<String> paths, boolean others) {
        Fields all = new Fields(new HashMap<>(), others);
        for (String path : paths) {
            add(List.of(path.split("\\.", -1)), all);
        }
        return all;
    }

    private static void add(List<String> path, Fields to) {
        String name = path.getFirst();
        Fields inside = to.named().get(name);
        if (path.size() == 1) {
            to.named().put(name, to.others() ? Fields.NONE : Fields.ALL);
        } else if (inside == null) {
            inside = new Fields(new HashMap<>(), to.others());
            to.named().put(name, inside);
            add(path.subList(1, path.size()), inside);
        } else if (!inside.areUndivided()) {
            add(path.subList(1, path.size()), inside);
        }
    }

    /** The object of a text, to be changed by whoever asks unless this reader {@linkplain #sharing shares}. */
    public ObjectNode read(String text) {
        JsonNode tree = JSON.readTree(fields.equals(Fields.ALL) ? text : PrunedText.of(text, fields));
        if (tree instanceof ObjectNode object) {
            if (alike != null) {
                shareParts(object, alike);
            }
            return object;
        }
        throw PrunedText.notAnObject(text);
    }

    private static void shareParts(JsonNode of, Shared<JsonNode> alike) {
        switch (of) {
            case ObjectNode object ->
                object.properties().forEach(entry -> entry.setValue(shared(entry.getValue(), alike)));
            case ArrayNode array -> {
                for (int i = 0; i < array.size(); i++) {
                    array.set(i, shared(array.get(i), alike));
                }
            }
            default -> {}
        }
    }

    private static JsonNode shared(JsonNode part, Shared<JsonNode> alike) {
        if (!part.isContainer()) {
            return part;
        }
        shareParts(part, alike);
        return alike.one(part);
    }
}
