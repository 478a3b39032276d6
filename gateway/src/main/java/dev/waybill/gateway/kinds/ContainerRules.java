package dev.waybill.gateway.kinds;

import dev.waybill.events.objects.Quantity;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Defaults and checks of one container of a pod. Stateless. */
final class ContainerRules {
    private static final List<String> NATIVE_RESOURCES = List.of("cpu", "memory", "ephemeral-storage");

    private ContainerRules() {}

    static void defaults(ObjectNode container, boolean hostNetwork) {
        Json.defaultText(container, "terminationMessagePath", "/dev/termination-log");
        Json.defaultText(container, "terminationMessagePolicy", "File");
        Json.defaultText(container, "imagePullPolicy", pullPolicy(Json.text(container, "image")));
        ObjectNode resources = Json.child(container, "resources");
        if (resources.get("limits") instanceof ObjectNode limits && !limits.isEmpty()) {
            ObjectNode requests = Json.child(resources, "requests");
            limits.properties().forEach(limit -> {
                if (!requests.has(limit.getKey())) {
                    requests.set(limit.getKey(), limit.getValue());
                }
            });
        }
        canonical(resources.path("limits"));
        canonical(resources.path("requests"));
        for (ObjectNode port : Json.objects(container.path("ports"))) {
            Json.defaultText(port, "protocol", "TCP");
            if (hostNetwork && port.path("containerPort").isInt()) {
                Json.defaultNumber(port, "hostPort", port.path("containerPort").intValue());
            }
        }
        for (String probe : ProbeRules.PROBES) {
            if (container.get(probe) instanceof ObjectNode present) {
                ProbeRules.defaults(present);
            }
        }
        for (ObjectNode variable : Json.objects(container.path("env"))) {
            if (variable.path("valueFrom").get("fieldRef") instanceof ObjectNode reference) {
                Json.defaultText(reference, "apiVersion", "v1");
            }
        }
    }

    static void validateAll(
            JsonNode containers, String path, Set<String> names, Set<String> volumes, List<FieldError> errors) {
        int index = 0;
        for (JsonNode container : containers) {
            validate(container, path + "[" + index++ + "]", names, volumes, errors);
        }
    }

    private static void validate(
            JsonNode container, String path, Set<String> names, Set<String> volumes, List<FieldError> errors) {
        String name = Json.text(container, "name");
        if (name.isEmpty()) {
            errors.add(FieldError.required(path + ".name", ""));
        } else {
            String wrong = Syntax.dnsLabel(name);
            if (wrong != null) {
                errors.add(FieldError.invalid(path + ".name", Syntax.quoted(name), wrong));
            }
            if (!names.add(name)) {
                errors.add(FieldError.duplicate(path + ".name", name));
            }
        }
        String image = Json.text(container, "image");
        if (image.isEmpty()) {
            errors.add(FieldError.required(path + ".image", ""));
        } else if (!image.equals(image.strip())) {
            errors.add(FieldError.invalid(
                    path + ".image", Syntax.quoted(image), "must not have leading or trailing whitespace"));
        }
        Syntax.oneOf(
                container,
                "imagePullPolicy",
                path + ".imagePullPolicy",
                List.of("Always", "IfNotPresent", "Never"),
                errors);
        Syntax.oneOf(
                container,
                "terminationMessagePolicy",
                path + ".terminationMessagePolicy",
                List.of("FallbackToLogsOnError", "File"),
                errors);
        PortRules.validate(container.path("ports"), path + ".ports", errors);
        EnvironmentRules.validate(container, path, errors);
        ProbeRules.validate(container, path, errors);
        resources(container.path("resources"), path + ".resources", errors);
        mounts(container.path("volumeMounts"), path + ".volumeMounts", volumes, errors);
        boolean privileged =
                container.path("securityContext").path("privileged").asBoolean(false);
        MountRules.validate(container.path("volumeMounts"), privileged, path + ".volumeMounts", errors);
    }

    private static void resources(JsonNode resources, String path, List<FieldError> errors) {
        JsonNode limits = resources.path("limits");
        for (Map.Entry<String, JsonNode> limit : limits.properties()) {
            resourceName(limit.getKey(), path + ".limits", errors);
            Syntax.amount(limit.getValue(), path + ".limits[" + limit.getKey() + "]", errors);
        }
        for (Map.Entry<String, JsonNode> request : resources.path("requests").properties()) {
            String name = request.getKey();
            resourceName(name, path + ".requests", errors);
            Quantity asked = Syntax.amount(request.getValue(), path + ".requests[" + name + "]", errors);
            Quantity limit = limits.has(name)
                    ? Quantity.tryParse(limits.path(name).asString("")).orElse(null)
                    : null;
            if (asked != null && limit != null && asked.compareTo(limit) > 0) {
                errors.add(FieldError.invalid(
                        path + ".requests",
                        Syntax.quoted(asked.toString()),
                        "must be less than or equal to " + name + " limit of " + limit));
            }
        }
    }

    private static void resourceName(String name, String path, List<FieldError> errors) {
        String wrong = Syntax.qualifiedName(name);
        if (wrong != null) {
            errors.add(FieldError.invalid(path, Syntax.quoted(name), wrong));
        } else if (!name.contains("/") && !NATIVE_RESOURCES.contains(name) && !name.startsWith("hugepages-")) {
            errors.add(FieldError.invalid(
                    path, Syntax.quoted(name), "must be a standard resource type or fully qualified"));
        }
    }

    private static void mounts(JsonNode mounts, String path, Set<String> volumes, List<FieldError> errors) {
        Set<String> places = new HashSet<>();
        int index = 0;
        for (JsonNode mount : mounts) {
            String at = path + "[" + index++ + "]";
            String name = Json.text(mount, "name");
            if (name.isEmpty()) {
                errors.add(FieldError.required(at + ".name", ""));
            } else if (!volumes.contains(name)) {
                errors.add(FieldError.notFound(at + ".name", name));
            }
            String place = Json.text(mount, "mountPath");
            if (place.isEmpty()) {
                errors.add(FieldError.required(at + ".mountPath", ""));
            } else if (!places.add(place)) {
                errors.add(FieldError.invalid(at + ".mountPath", Syntax.quoted(place), "must be unique"));
            }
        }
    }

    /** Amounts are kept in their canonical form, as the Kubernetes API shows them: 1000m becomes 1. */
    static void canonical(JsonNode amounts) {
        if (amounts instanceof ObjectNode node) {
            node.properties().forEach(entry -> {
                JsonNode value = entry.getValue();
                if (value.isString() || value.isNumber()) {
                    Quantity.tryParse(value.asString()).ifPresent(q -> node.put(entry.getKey(), q.toString()));
                }
            });
        }
    }

    private static String pullPolicy(String image) {
        String last = image.substring(image.lastIndexOf('/') + 1);
        boolean latest = !last.contains("@") && (!last.contains(":") || last.endsWith(":latest"));
        return latest ? "Always" : "IfNotPresent";
    }
}
