package dev.waybill.gateway.state;

import dev.waybill.events.objects.LabelSelector;
import dev.waybill.gateway.kinds.CustomKind;
import dev.waybill.gateway.kinds.CustomKind.ScalePaths;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The scale subresource of kinds with replicas (autoscaling/v1 Scale). Stateless. */
public final class Scale {
    private static final ScalePaths STANDARD = new ScalePaths(".spec.replicas", ".status.replicas", "");

    private Scale() {}

    public static ObjectNode of(Kind kind, StoredObject workload) {
        ObjectNode object = workload.json();
        ObjectNode scale = Json.object();
        scale.put("kind", "Scale").put("apiVersion", "autoscaling/v1");
        ObjectNode metadata = scale.putObject("metadata");
        metadata.put("name", workload.name()).put("namespace", workload.namespace());
        metadata.put("uid", workload.uid()).put("resourceVersion", String.valueOf(workload.revision()));
        metadata.set("creationTimestamp", object.path("metadata").path("creationTimestamp"));
        ScalePaths paths = paths(kind);
        scale.putObject("spec").set("replicas", number(object, paths.specReplicas()));
        ObjectNode status = scale.putObject("status");
        status.set("replicas", number(object, paths.statusReplicas()));
        status.put(
                "selector",
                kind.custom() == null
                        ? selector(object.path("spec").path("selector"))
                        : paths.labelSelector().isEmpty()
                                ? ""
                                : at(object, paths.labelSelector()).asString(""));
        return scale;
    }

    /** Sets the wished number of replicas, in place. */
    static void set(Kind kind, ObjectNode object, JsonNode replicas) {
        String[] fields = paths(kind).specReplicas().substring(1).split("\\.", -1);
        ObjectNode holder = object;
        for (int i = 0; i < fields.length - 1; i++) {
            holder = Json.child(holder, fields[i]);
        }
        holder.set(fields[fields.length - 1], replicas);
    }

    private static ScalePaths paths(Kind kind) {
        CustomKind custom = kind.custom();
        return custom == null || custom.scale() == null ? STANDARD : custom.scale();
    }

    private static JsonNode number(ObjectNode object, String path) {
        JsonNode value = at(object, path);
        return Json.number(value.isIntegralNumber() ? value.longValue() : 0);
    }

    private static JsonNode at(JsonNode object, String path) {
        JsonNode node = object;
        for (String field : path.substring(1).split("\\.", -1)) {
            node = node.path(field);
        }
        return node;
    }

    private static String selector(JsonNode selector) {
        List<String> terms = new ArrayList<>();
        if (!selector.has("matchLabels") && !selector.has("matchExpressions")) {
            selector.properties()
                    .forEach(label ->
                            terms.add(label.getKey() + "=" + label.getValue().asString("")));
            return String.join(",", terms);
        }
        LabelSelector.of(selector).requirements().forEach(term -> {
            String values = String.join(",", term.values());
            terms.add(
                    switch (term.operator()) {
                        case IN ->
                            term.values().size() == 1 ? term.key() + "=" + values : term.key() + " in (" + values + ")";
                        case NOT_IN -> term.key() + " notin (" + values + ")";
                        case EXISTS -> term.key();
                        case DOES_NOT_EXIST -> "!" + term.key();
                    });
        });
        return String.join(",", terms);
    }
}
