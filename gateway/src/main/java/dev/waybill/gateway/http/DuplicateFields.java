package dev.waybill.gateway.http;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Fields that a body has more than once, in the words of Kubernetes' strict decoders. Stateless. */
final class DuplicateFields {
    private DuplicateFields() {}

    /** An object or array that is being read: which fields it had, or how many elements. */
    private static final class Level {
        private final String path;
        private final @Nullable Set<String> fields;
        private int index = -1;
        private String field = "";

        private Level(String path, boolean object) {
            this.path = path;
            this.fields = object ? new HashSet<>() : null;
        }

        private String here() {
            return fields == null ? path + "[" + index + "]" : path.isEmpty() ? field : path + "." + field;
        }
    }

    static List<String> ofJson(JsonParser parser) {
        List<String> found = new ArrayList<>();
        Deque<Level> levels = new ArrayDeque<>();
        for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
            Level level = levels.peek();
            if (level != null && level.fields == null && token != JsonToken.END_ARRAY) {
                level.index++;
            }
            switch (token) {
                case PROPERTY_NAME -> {
                    if (level != null && level.fields != null) {
                        level.field = parser.currentName();
                        if (!level.fields.add(level.field)) {
                            found.add("duplicate field \"" + level.here() + "\"");
                        }
                    }
                }
                case START_OBJECT, START_ARRAY ->
                    levels.push(new Level(level == null ? "" : level.here(), token == JsonToken.START_OBJECT));
                case END_OBJECT, END_ARRAY -> levels.pop();
                default -> {}
            }
        }
        return found;
    }

    /** One entry for all, as YAML's decoder tells them. */
    static List<String> ofYaml(Node root) {
        List<String> lines = new ArrayList<>();
        collect(root, Collections.newSetFromMap(new IdentityHashMap<>()), lines);
        return lines.isEmpty() ? List.of() : List.of("yaml: unmarshal errors:\n  " + String.join("\n  ", lines));
    }

    private static void collect(Node node, Set<Node> seen, List<String> lines) {
        if (!seen.add(node)) {
            return; // an alias of what was looked at already
        }
        switch (node) {
            case MappingNode mapping -> {
                Set<String> keys = new HashSet<>();
                for (NodeTuple entry : mapping.getValue()) {
                    if (entry.getKeyNode() instanceof ScalarNode key && !keys.add(key.getValue())) {
                        lines.add("line " + (key.getStartMark().getLine() + 1) + ": key \"" + key.getValue()
                                + "\" already set in map");
                    }
                    collect(entry.getValueNode(), seen, lines);
                }
            }
            case SequenceNode sequence -> sequence.getValue().forEach(element -> collect(element, seen, lines));
            default -> {}
        }
    }
}
