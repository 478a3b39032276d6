package dev.waybill.gateway.state;

import dev.waybill.events.objects.PodResources;
import dev.waybill.events.objects.Quantity;
import dev.waybill.gateway.kinds.Json;
import dev.waybill.gateway.kinds.Kind;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** LimitRange: default requests and limits of containers, and their bounds (plugin/pkg/admission/limitranger). Stateless. */
final class LimitRanges {
    private static final String FILLED = "kubernetes.io/limit-ranger";

    private LimitRanges() {}

    /** Fills in the defaults of the namespace where a container says nothing, and writes on the pod what it filled in. */
    static void complete(Draft draft, String namespace, ObjectNode pod, ObjectNode spec) {
        List<String> filled = new ArrayList<>();
        for (StoredObject range : draft.image().list("", "limitranges", namespace)) {
            for (JsonNode limit : range.json().path("spec").path("limits")) {
                if (Json.text(limit, "type").equals("Container")) {
                    complete(spec, "containers", "container", limit, filled);
                    complete(spec, "initContainers", "init container", limit, filled);
                }
            }
        }
        if (!filled.isEmpty()) {
            Json.child(Json.child(pod, "metadata"), "annotations")
                    .put(FILLED, "LimitRanger plugin set: " + String.join("; ", filled));
        }
    }

    private static void complete(ObjectNode spec, String list, String what, JsonNode limit, List<String> filled) {
        for (ObjectNode container : Json.objects(spec.path(list))) {
            ObjectNode resources = Json.child(container, "resources");
            String at = " for " + what + " " + Json.text(container, "name");
            Set<String> requests = fill(resources, "requests", limit.path("defaultRequest"));
            Set<String> limits = fill(resources, "limits", limit.path("default"));
            if (!requests.isEmpty()) {
                filled.add(String.join(", ", requests) + " request" + at);
            }
            if (!limits.isEmpty()) {
                filled.add(String.join(", ", limits) + " limit" + at);
            }
        }
    }

    private static Set<String> fill(ObjectNode resources, String field, JsonNode defaults) {
        Set<String> filled = new TreeSet<>();
        for (Map.Entry<String, JsonNode> amount : defaults.properties()) {
            ObjectNode target = Json.child(resources, field);
            if (!target.has(amount.getKey())) {
                target.set(amount.getKey(), amount.getValue());
                filled.add(amount.getKey());
            }
        }
        return filled;
    }

    /** Refuses a claim outside the bounds of its namespace. */
    static void admitClaim(Draft draft, Kind kind, String namespace, String name, ObjectNode claim) {
        List<String> errors = new ArrayList<>();
        JsonNode requests = claim.path("spec").path("resources").path("requests");
        for (StoredObject range : draft.image().list("", "limitranges", namespace)) {
            for (JsonNode limit : range.json().path("spec").path("limits")) {
                if (Json.text(limit, "type").equals("PersistentVolumeClaim")) {
                    // A claim has no limits of its own: what it requests is the most that it gets.
                    Amounts asked = resource -> amount(requests, resource);
                    bounds(limit, "PersistentVolumeClaim", asked, asked, errors);
                }
            }
        }
        refuse(kind, name, errors);
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
        refuse(kind, name, errors);
    }

    private static void refuse(Kind kind, String name, List<String> errors) {
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
        limit.path("min").properties().forEach(each -> {
            String resource = each.getKey();
            Quantity min = Quantity.parse(each.getValue().asString());
            Quantity request = requests.of(resource);
            Quantity most = limits.of(resource);
            String what = "minimum " + resource + " usage per " + type + " is " + min;
            if (request == null) {
                errors.add(what + ".  No request is specified");
            } else if (request.compareTo(min) < 0) {
                errors.add(what + ", but request is " + request);
            } else if (most != null && most.compareTo(min) < 0) {
                errors.add(what + ", but limit is " + most);
            }
        });
        limit.path("max").properties().forEach(each -> {
            String resource = each.getKey();
            Quantity max = Quantity.parse(each.getValue().asString());
            Quantity request = requests.of(resource);
            Quantity most = limits.of(resource);
            String what = "maximum " + resource + " usage per " + type + " is " + max;
            if (most == null) {
                errors.add(what + ".  No limit is specified");
            } else if (most.compareTo(max) > 0) {
                errors.add(what + ", but limit is " + most);
            } else if (request != null && request.compareTo(max) > 0) {
                errors.add(what + ", but request is " + request);
            }
        });
        limit.path("maxLimitRequestRatio").properties().forEach(each -> {
            String resource = each.getKey();
            Quantity ratio = Quantity.parse(each.getValue().asString());
            String what = resource + " max limit to request ratio per " + type + " is " + ratio;
            ratio(what, ratio, requests.of(resource), limits.of(resource), errors);
        });
    }

    private static void ratio(
            String what, Quantity ratio, @Nullable Quantity request, @Nullable Quantity limit, List<String> errors) {
        if (request == null || request.amount().signum() == 0) {
            errors.add(what + ", but no request is specified or request is 0");
        } else if (limit == null || limit.amount().signum() == 0) {
            errors.add(what + ", but no limit is specified or limit is 0");
        } else if (limit.amount().compareTo(request.amount().multiply(ratio.amount())) > 0) {
            BigDecimal provided = limit.amount().divide(request.amount(), 6, RoundingMode.HALF_EVEN);
            errors.add(what + ", but provided ratio is " + provided.toPlainString());
        }
    }

    private static @Nullable Quantity amount(JsonNode amounts, String resource) {
        JsonNode value = amounts.get(resource);
        return value == null ? null : Quantity.parse(value.asString());
    }
}
