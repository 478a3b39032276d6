package dev.waybill.gateway.podsecurity;

import dev.waybill.gateway.kinds.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/** A pod, or a template of one, as the checks look at it. Immutable. */
record PodView(JsonNode metadata, JsonNode spec) {

    List<JsonNode> containers() {
        List<JsonNode> all = new ArrayList<>();
        for (String list : List.of("initContainers", "containers", "ephemeralContainers")) {
            spec.path(list).forEach(all::add);
        }
        return all;
    }

    /** The names of the containers whose security context is like that. */
    List<String> containersWhose(Predicate<JsonNode> securityContext) {
        return containers().stream()
                .filter(container -> securityContext.test(container.path("securityContext")))
                .map(container -> Json.text(container, "name"))
                .toList();
    }

    JsonNode securityContext() {
        return spec.path("securityContext");
    }

    JsonNode annotations() {
        return metadata.path("annotations");
    }

    boolean isWindows() {
        return Json.text(spec, "os", "name").equals("windows");
    }

    /** Root in a user namespace of the pod's own is nobody outside. */
    boolean hasUsersOfItsOwn() {
        JsonNode hostUsers = spec.path("hostUsers");
        return hostUsers.isBoolean() && !hostUsers.booleanValue();
    }
}
