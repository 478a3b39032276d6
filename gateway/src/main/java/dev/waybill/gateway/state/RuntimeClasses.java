package dev.waybill.gateway.state;

import dev.waybill.events.objects.Quantity;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What a pod gets of its RuntimeClass, in the words of Kubernetes' admission plugin of that name. Stateless. */
final class RuntimeClasses {
    static final String GROUP = "node.k8s.io";
    static final String RESOURCE = "runtimeclasses";

    private RuntimeClasses() {}

    static ResourceKey key(String name) {
        return new ResourceKey(GROUP, RESOURCE, "", name);
    }

    /** Gives the pod its class's overhead and place, and refuses what contradicts them. */
    static void complete(Draft draft, Kind kind, String name, ObjectNode spec) {
        String className = Json.text(spec, "runtimeClassName");
        JsonNode runtimeClass = Json.object();
        if (!className.isEmpty()) {
            StoredObject found = draft.get(key(className));
            if (found == null) {
                throw refused(kind, name, "pod rejected: RuntimeClass \"" + className + "\" not found");
            }
            runtimeClass = found.json();
        }
        overhead(kind, name, spec, runtimeClass.path("overhead"));
        selector(kind, name, spec, runtimeClass.path("scheduling").path("nodeSelector"));
        for (JsonNode toleration : runtimeClass.path("scheduling").path("tolerations")) {
            ArrayNode tolerations = Json.childArray(spec, "tolerations");
            if (tolerations.valueStream().noneMatch(toleration::equals)) {
                tolerations.add(toleration.deepCopy());
            }
        }
    }

    private static void overhead(Kind kind, String name, ObjectNode spec, JsonNode overhead) {
        Map<String, Quantity> own = amounts(spec.path("overhead"));
        if (!overhead.isObject()) {
            if (!own.isEmpty()) {
                throw refused(
                        kind,
                        name,
                        "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
            }
            return;
        }
        JsonNode fixed = overhead.path("podFixed");
        if (!own.isEmpty() && !own.equals(amounts(fixed))) {
            throw refused(kind, name, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
        }
        if (!fixed.isEmpty()) {
            spec.set("overhead", fixed.deepCopy());
        }
    }

    private static void selector(Kind kind, String name, ObjectNode spec, JsonNode wanted) {
        for (Map.Entry<String, JsonNode> label : wanted.properties()) {
            ObjectNode own = Json.child(spec, "nodeSelector");
            String value = label.getValue().asString("");
            if (own.has(label.getKey()) && !Json.text(own, label.getKey()).equals(value)) {
                throw refused(
                        kind,
                        name,
                        "conflict: runtimeClass.scheduling.nodeSelector[" + label.getKey() + "] = " + value
                                + "; pod.spec.nodeSelector[" + label.getKey() + "] = "
                                + Json.text(own, label.getKey()));
            }
            own.put(label.getKey(), value);
        }
    }

    private static Map<String, Quantity> amounts(JsonNode node) {
        Map<String, Quantity> amounts = new TreeMap<>();
        node.properties()
                .forEach(entry -> Quantity.tryParse(entry.getValue().asString(""))
                        .ifPresent(amount -> amounts.put(entry.getKey(), amount)));
        return amounts;
    }

    private static RuntimeException refused(Kind kind, String name, String message) {
        return Refusal.forbidden(kind, name, message).asException();
    }
}
