package dev.waybill.node.pod;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Finds the annotations that set limits: {@code waybill.dev/KNOB} for every container of the pod and
 * {@code CONTAINER.waybill.dev/KNOB} for one, which wins. Pure.
 */
public final class KnobAnnotations {
    /** Ends the prefix of the annotation's key. */
    public static final String DOMAIN = "waybill.dev/";

    private KnobAnnotations() {}

    /**
     * Annotations by container, each under its whole key. One that names no container of the pod is in every container's
     * map, so that its refusal is seen.
     */
    static Map<String, Map<String, String>> byContainer(JsonNode spec, Map<String, String> annotations) {
        List<String> names = new ArrayList<>();
        for (String field : List.of("initContainers", "containers", "ephemeralContainers")) {
            spec.path(field)
                    .forEach(container -> names.add(container.path("name").asString("")));
        }
        Map<String, Map<String, String>> all = new HashMap<>();
        for (String name : names) {
            Map<String, String> own = new TreeMap<>();
            annotations.forEach((key, value) -> {
                String owner = owner(key);
                if (owner != null && (owner.equals(name) || !names.contains(owner))) {
                    own.put(key, value);
                }
            });
            all.put(name, own);
        }
        return all;
    }

    /** The container that a key names, empty for all of them, null when the key is about something else. */
    public static @Nullable String owner(String key) {
        if (key.startsWith(DOMAIN)) {
            return "";
        }
        int domain = key.indexOf("." + DOMAIN);
        return domain > 0 && key.indexOf('.') == domain ? key.substring(0, domain) : null;
    }
}
