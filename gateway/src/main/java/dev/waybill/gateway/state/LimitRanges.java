package dev.waybill.gateway.state;

import dev.waybill.events.objects.PodResources;
import dev.waybill.events.objects.Quantity;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** LimitRange: default requests and limits of containers, and their bounds (plugin/pkg/admission/limitranger). Stateless. */
final class LimitRanges {
    private LimitRanges() {}

    /** Fills in the defaults of the namespace where a container says nothing. */
    static void complete(Draft draft, String namespace, ObjectNode spec) {
        for (StoredObject range : draft.image().list("", "limitranges", namespace)) {
            for (JsonNode limit : range.json().path("spec").path("limits")) {
                if (Json.text(limit, "type").equals("Container")) {
                    for (String list : List.of("containers", "initContainers")) {
                        for (ObjectNode container : Json.objects(spec.path(list))) {
                            ObjectNode resources = Json.child(container, "resources");
                            fill(resources, "requests", limit.path("defaultRequest"));
                            fill(resources, "limits", limit.path("default"));
                        }
                    }
                }
            }
        }
    }

    private static void fill(ObjectNode resources, String field, JsonNode defaults) {
        for (Map.Entry<String, JsonNode> amount : defaults.properties()) {
            ObjectNode target = Json.child(resources, field);
            if (!target.has(amount.getKey())) {
                target.set(amount.getKey(), amount.getValue());
            }
        }
    }

    /** Refuses a pod outside the bounds of its namespace. */
    static void admit(Draft draft, Kind kind, String namespace, String name, ObjectNode pod) {
        List<String> errors = new ArrayList<>();
        for (StoredObject range : draft.image().list("", "limitranges", namespace)) {
            for (JsonNode limit : range.json().path("spec").path("limits")) {
                switch (Json.text(limit, "type")) {
                    case "Container" -> {
                        for (String list : List.of("containers", "initContainers")) {
                            for (JsonNode container : pod.path("spec").path(list)) {
                                JsonNode resources = container.path("resources");
                                bounds(
                                        limit,
                                        "Container",
                                        resource -> amount(resources.path("requests"), resource),
                                        resource -> amount(resources.path("limits"), resource),
                                        errors);
                            }
                        }
                    }
                    case "Pod" -> {
                        PodResources resources = PodResources.ofSpec(pod.path("spec"));
                        bounds(limit, "Pod", resources.requests()::get, resources.limits()::get, errors);
                    }
                    default -> {}
                }
            }
        }
        if (!errors.isEmpty()) {
            throw Refusal.forbidden(
                            kind, name, errors.size() == 1 ? errors.getFirst() : "[" + String.join(", ", errors) + "]")
                    .asException();
        }
    }

    /** Amounts by resource name. */
    private interface Amounts {
        @Nullable
        Quantity of(String resource);
    }

    private static void bounds(JsonNode limit, String type, Amounts requests, Amounts limits, List<String> errors) {
        for (Map.Entry<String, JsonNode> each : limit.path("min").properties()) {
            Quantity min = Quantity.parse(each.getValue().asString());
            Quantity request = requests.of(each.getKey());
            String what = "minimum " + each.getKey() + " usage per " + type + " is " + min;
            if (request == null) {
                errors.add(what + ".  No request is specified");
            } else if (request.compareTo(min) < 0) {
                errors.add(what + ", but request is " + request);
            }
        }
        for (Map.Entry<String, JsonNode> each : limit.path("max").properties()) {
            Quantity max = Quantity.parse(each.getValue().asString());
            Quantity most = limits.of(each.getKey());
            String what = "maximum " + each.getKey() + " usage per " + type + " is " + max;
            if (most == null) {
                errors.add(what + ".  No limit is specified");
            } else if (most.compareTo(max) > 0) {
                errors.add(what + ", but limit is " + most);
            }
        }
        for (Map.Entry<String, JsonNode> each :
                limit.path("maxLimitRequestRatio").properties()) {
            Quantity ratio = Quantity.parse(each.getValue().asString());
            Quantity request = requests.of(each.getKey());
            Quantity most = limits.of(each.getKey());
            if (request == null || most == null || request.amount().signum() == 0) {
                errors.add(each.getKey() + " max limit to request ratio per " + type + " is " + ratio
                        + ", but no request is specified or request is 0.");
            } else if (most.amount().compareTo(request.amount().multiply(ratio.amount())) > 0) {
                errors.add(each.getKey() + " max limit to request ratio per " + type + " is " + ratio
                        + ", but provided ratio is larger.");
            }
        }
    }

    private static @Nullable Quantity amount(JsonNode amounts, String resource) {
        JsonNode value = amounts.get(resource);
        return value == null ? null : Quantity.parse(value.asString());
    }
}
