package dev.waybill.gateway.http.table;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** The columns of nodes. Pure. */
final class NodeColumns {
    static final List<Column> ALL = List.of(
            Columns.name(),
            Column.text("Status", NodeColumns::status),
            Column.text("Roles", NodeColumns::roles),
            Columns.age(),
            Column.text("Version", node -> Columns.text(node, "/status/nodeInfo/kubeletVersion", "")),
            Column.text("Internal-IP", node -> address(node, "InternalIP")).wide(),
            Column.text("External-IP", node -> address(node, "ExternalIP")).wide(),
            Column.text("OS-Image", node -> Columns.text(node, "/status/nodeInfo/osImage", "<unknown>"))
                    .wide(),
            Column.text("Kernel-Version", node -> Columns.text(node, "/status/nodeInfo/kernelVersion", "<unknown>"))
                    .wide(),
            Column.text(
                            "Container-Runtime",
                            node -> Columns.text(node, "/status/nodeInfo/containerRuntimeVersion", "<unknown>"))
                    .wide());

    private NodeColumns() {}

    private static String status(JsonNode node) {
        String status = "Unknown";
        for (JsonNode condition : node.at("/status/conditions")) {
            if (condition.path("type").asString("").equals("Ready")) {
                status = condition.path("status").asString("").equals("True") ? "Ready" : "NotReady";
            }
        }
        return node.at("/spec/unschedulable").asBoolean(false) ? status + ",SchedulingDisabled" : status;
    }

    private static String roles(JsonNode node) {
        List<String> roles = new ArrayList<>();
        node.at("/metadata/labels").properties().forEach(label -> {
            if (label.getKey().startsWith("node-role.kubernetes.io/")) {
                roles.add(label.getKey().substring("node-role.kubernetes.io/".length()));
            }
        });
        return roles.isEmpty() ? "<none>" : String.join(",", roles);
    }

    private static String address(JsonNode node, String type) {
        for (JsonNode address : node.at("/status/addresses")) {
            if (address.path("type").asString("").equals(type)) {
                return address.path("address").asString("<none>");
            }
        }
        return "<none>";
    }
}
